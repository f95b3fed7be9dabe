//! Clients: applications registered with us. Members are RFC 7591 metadata plus our own.

mod assurance;
mod auth_method;
mod encryption;
mod grant_type;
mod kind;

pub use assurance::{InheritedAssurance, IpRelaxation, JwtBearerAssurance, OnRequirementRaised};
pub use auth_method::{AuthMethod, ClientSecret};
pub use grant_type::GrantType;
pub use kind::{ApplicationType, SubjectType, TokenFormat};

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::branding::Branding;
use super::compat::{Compat, RefreshRotation};
use super::encryption::{ContentEncryption, KeyManagement};
use super::evidence::{Acr, FactorKind};
use super::registration::Registration;
use super::request::ResponseType;
use super::request_object::RequestObjectAlg;
use super::requirement::{Enforcement, OnInsufficient};
use super::scope::ScopeSet;
use super::signing_key::Algorithm;

/// An application registered with us (RFC 6749 §2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a registered member of its own (RFC 7591 §2)"
)]
pub struct Client {
    /// The identifier (RFC 6749 §2.2).
    pub client_id: String,
    /// The name people see.
    pub client_name: String,
    /// The application's home page.
    pub client_uri: Option<String>,
    /// The application's privacy policy.
    pub policy_uri: Option<String>,
    /// The application's terms of service.
    pub tos_uri: Option<String>,
    /// Its logo: pages show it beside its name, from our own origin.
    pub logo_uri: Option<String>,
    /// Whom to ask about it.
    pub contacts: Vec<String>,
    /// Where it begins a login of somebody who comes from here (OpenID Connect Core §4): account pages lead there.
    pub initiate_login_uri: Option<String>,
    /// The software it is an instance of, whatever its version.
    pub software_id: Option<String>,
    /// The version of that software.
    pub software_version: Option<String>,
    /// A disabled client mints nothing.
    pub disabled: bool,
    /// Whether it runs on a web server or on a person's device.
    pub application_type: ApplicationType,
    /// How it authenticates.
    pub token_endpoint_auth_method: AuthMethod,
    /// The algorithm that its assertions must be signed with to authenticate it; any that fits where absent.
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Its secret, recognised or sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<ClientSecret>,
    /// Its public keys (RFC 7517), in place.
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// An X.509 certificate in PEM whose key signs its JWT-bearer assertions.
    pub certificate: Option<String>,
    /// Where responses may go; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where people may go once they signed out (RP-Initiated Logout §3.1); compared as redirect URIs are.
    pub post_logout_redirect_uris: Vec<String>,
    /// What a signed-out page loads so that it ends its own session (Front-Channel Logout §2).
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it must be told there which session ended.
    pub frontchannel_logout_session_required: bool,
    /// Where it is sent logout tokens (Back-Channel Logout §2.2).
    pub backchannel_logout_uri: Option<String>,
    /// Whether those must say which session ended.
    pub backchannel_logout_session_required: bool,
    /// How it may ask at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for at the authorization endpoint.
    pub response_types: Vec<ResponseType>,
    /// The scopes it may ask for.
    pub scope: ScopeSet,
    /// The resources it may name; empty: every listed one.
    pub resources: Vec<String>,
    /// Whether people are asked before it gets what it asks for: once for each scope and resource, and for knowing them at
    /// all; each time where it is a program of the device that any other may pretend to be (RFC 8252 §8.6).
    pub require_consent: bool,
    /// Whether PKCE is required, where it differs from `tokens.require_pkce`.
    pub require_pkce: Option<bool>,
    /// Whether it may introspect tokens that others were given.
    pub resource_server: bool,
    /// The format of its access tokens.
    pub access_token_format: TokenFormat,
    /// The algorithm that signs its JWT access tokens.
    pub access_token_signing_alg: Algorithm,
    /// The algorithm that signs its ID tokens.
    pub id_token_signed_response_alg: Algorithm,
    /// How the key that encrypts its ID tokens, and logout tokens with them comes to it; not encrypted where absent.
    pub id_token_encrypted_response_alg: Option<KeyManagement>,
    /// What encrypts them; A128CBC-HS256 where absent.
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm that signs its userinfo answers; plain JSON where absent.
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// How the key that encrypts its userinfo answers comes to it; not encrypted where absent.
    pub userinfo_encrypted_response_alg: Option<KeyManagement>,
    /// What encrypts them; A128CBC-HS256 where absent.
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm that signs what it is told of tokens (RFC 9701 §6); plain JSON where absent, unless it asks for more.
    pub introspection_signed_response_alg: Option<Algorithm>,
    /// How the key that encrypts what it is told of tokens (RFC 9701 §6) comes to it; not encrypted where absent.
    pub introspection_encrypted_response_alg: Option<KeyManagement>,
    /// What encrypts them; A128CBC-HS256 where absent.
    pub introspection_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm that signs its authorization responses where it asks for them as JWTs (JARM §3).
    pub authorization_signed_response_alg: Algorithm,
    /// How the key that encrypts its authorization responses where it asks for them as JWTs (JARM §3) comes to it; not encrypted where absent.
    pub authorization_encrypted_response_alg: Option<KeyManagement>,
    /// What encrypts them; A128CBC-HS256 where absent.
    pub authorization_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm that its request objects must come with; any that its keys are for where absent.
    pub request_object_signing_alg: Option<RequestObjectAlg>,
    /// Whether only signed request objects count (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// Where its request objects may be fetched from (OpenID Connect Registration §2).
    pub request_uris: Vec<String>,
    /// Whether only pushed requests count (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// Whether its access tokens must be bound to a key that it proves to hold (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Whether its access tokens must be bound to its TLS certificate (RFC 8705 §3.4).
    pub tls_client_certificate_bound_access_tokens: bool,
    /// The subject of its certificate, as RFC 4514 writes it (RFC 8705 §2.1.2); it has one of these five.
    pub tls_client_auth_subject_dn: Option<String>,
    /// A host name in its certificate.
    pub tls_client_auth_san_dns: Option<String>,
    /// An address (URI) in its certificate.
    pub tls_client_auth_san_uri: Option<String>,
    /// An IP address in its certificate.
    pub tls_client_auth_san_ip: Option<IpAddr>,
    /// An e-mail address in its certificate.
    pub tls_client_auth_san_email: Option<String>,
    /// Whether it is told the same subject identifier as others (OpenID Connect Core §8).
    pub subject_type: SubjectType,
    /// A list of redirect URIs whose host names the sector of pairwise subject identifiers (§8.1).
    pub sector_identifier_uri: Option<String>,
    /// The levels it asks for where a request names none (OpenID Connect Registration §2).
    pub default_acr_values: Vec<String>,
    /// Whether its ID tokens say when the person authenticated, which all of ours do.
    pub require_auth_time: bool,
    /// The greatest age of proof in seconds where a request names none.
    pub default_max_age: Option<u32>,
    /// The level its authorizations must reach.
    pub required_acr: Acr,
    /// What to do when a session is short of that.
    pub on_insufficient: OnInsufficient,
    /// Whether that stops anybody, or is only reported.
    pub enforcement: Enforcement,
    /// The kinds of second factor that count for it; all where empty.
    pub accepted_factors: Vec<FactorKind>,
    /// Which of its requests the login ranges do not hold for.
    pub ip_relaxation: IpRelaxation,
    /// The greatest age in seconds of the proof behind a refresh; none where absent.
    pub refresh_max_auth_age: Option<u32>,
    /// Where the assurance of its device grants comes from.
    pub device_assurance: InheritedAssurance,
    /// Where the assurance of its token exchanges comes from.
    pub exchange_assurance: InheritedAssurance,
    /// The clients that may exchange its tokens for others of their own (RFC 8693 §4.4).
    pub may_act: Vec<String>,
    /// What a refresh does when a requirement was raised after the grant.
    pub on_requirement_raised: OnRequirementRaised,
    /// Where the assurance of its JWT-bearer grants comes from.
    pub jwt_bearer_assurance: JwtBearerAssurance,
    /// Users that an administrator approved for this client's assertions.
    pub preapproved_users: Vec<String>,
    /// Profiles that an administrator approved for this client's assertions.
    pub preapproved_profiles: Vec<String>,
    /// Further audiences that its JWT-bearer assertions may name.
    pub assertion_audiences: Vec<String>,
    /// Whether a refresh replaces the refresh token.
    pub refresh_rotation: RefreshRotation,
    /// Where it may depart from the specifications.
    pub compat: Vec<Compat>,
    /// What pages show on the way to it instead of the organisation's and the profile's.
    pub branding: Branding,
    /// How it registered itself; absent where the directory names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
}

impl Default for Client {
    #[expect(clippy::too_many_lines, reason = "a line for each member")]
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_name: String::new(),
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            logo_uri: None,
            contacts: Vec::new(),
            initiate_login_uri: None,
            software_id: None,
            software_version: None,
            disabled: false,
            application_type: ApplicationType::Web,
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            secret: None,
            jwks: None,
            jwks_uri: None,
            certificate: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec![ResponseType::Code],
            scope: ScopeSet::default(),
            resources: Vec::new(),
            require_consent: true,
            require_pkce: None,
            resource_server: false,
            access_token_format: TokenFormat::Jwt,
            access_token_signing_alg: Algorithm::Rs256,
            id_token_signed_response_alg: Algorithm::Rs256,
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_signed_response_alg: None,
            userinfo_encrypted_response_alg: None,
            userinfo_encrypted_response_enc: None,
            introspection_signed_response_alg: None,
            introspection_encrypted_response_alg: None,
            introspection_encrypted_response_enc: None,
            authorization_signed_response_alg: Algorithm::Rs256,
            authorization_encrypted_response_alg: None,
            authorization_encrypted_response_enc: None,
            request_object_signing_alg: None,
            require_signed_request_object: false,
            request_uris: Vec::new(),
            require_pushed_authorization_requests: false,
            dpop_bound_access_tokens: false,
            tls_client_certificate_bound_access_tokens: false,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_auth_san_uri: None,
            tls_client_auth_san_ip: None,
            tls_client_auth_san_email: None,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            default_acr_values: Vec::new(),
            require_auth_time: false,
            default_max_age: None,
            required_acr: Acr::None,
            on_insufficient: OnInsufficient::Raise,
            enforcement: Enforcement::Enforced,
            accepted_factors: Vec::new(),
            ip_relaxation: IpRelaxation::Enforce,
            refresh_max_auth_age: None,
            device_assurance: InheritedAssurance::Deny,
            exchange_assurance: InheritedAssurance::Deny,
            may_act: Vec::new(),
            on_requirement_raised: OnRequirementRaised::Refuse,
            jwt_bearer_assurance: JwtBearerAssurance::Preapproved,
            preapproved_users: Vec::new(),
            preapproved_profiles: Vec::new(),
            assertion_audiences: Vec::new(),
            refresh_rotation: RefreshRotation::On,
            compat: Vec::new(),
            branding: Branding::default(),
            registration: None,
        }
    }
}

impl Client {
    /// Whether it has no credentials of its own (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether it signs with its secret, which is then kept sealed: a digest of it would check no signature.
    #[must_use]
    pub fn signs_with_secret(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::ClientSecretJwt
            || self.request_object_signing_alg == Some(RequestObjectAlg::Hs256)
    }

    /// Whether it may use this grant type.
    #[must_use]
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether it may use all of these grant types.
    #[must_use]
    pub fn allows_all(&self, grant_types: &[GrantType]) -> bool {
        grant_types.iter().all(|grant_type| self.allows(*grant_type))
    }

    /// Whether it may depart from the specifications in this way.
    #[must_use]
    pub fn is_excused(&self, compat: Compat) -> bool {
        self.compat.contains(&compat)
    }

    /// The sector that pairwise subject identifiers are made for: the host of `sector_identifier_uri`, or the one host of its
    /// redirect URIs (OpenID Connect Core §8.1). None for a client with public subject identifiers, and where there is no one
    /// host.
    #[must_use]
    pub fn sector(&self) -> Option<String> {
        if self.subject_type == SubjectType::Public {
            return None;
        }
        let host = |uri: &String| Url::parse(uri).ok()?.host_str().map(str::to_owned);
        if let Some(uri) = &self.sector_identifier_uri {
            return host(uri);
        }
        let mut hosts = self.redirect_uris.iter().map(host);
        let first = hosts.next()??;
        hosts.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// Whether it registered itself, so that nobody vouches for what it says.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        self.registration.is_some()
    }

    /// Whether its identifier is the address of its metadata.
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.registration
            .as_ref()
            .is_some_and(|registration| registration.document)
    }

    /// An address that it gives, if people may be sent there, or shown what is there: who registered by himself may lead to
    /// the hosts that he gets answers at alone, or that his document is at (OpenID Connect Registration §9.1,
    /// impersonation).
    #[must_use]
    pub fn link<'a>(&self, uri: Option<&'a String>) -> Option<&'a String> {
        let host = |text: &str| Url::parse(text).ok().and_then(|uri| uri.host_str().map(str::to_owned));
        let is_own = |uri: &&String| {
            let wanted = host(uri);
            let document = self.is_document().then_some(&self.client_id);
            let mut own = self.redirect_uris.iter().chain(document);
            wanted.is_some() && own.any(|own| host(own) == wanted)
        };
        uri.filter(|uri| !self.is_registered() || is_own(uri))
    }

    /// The name people see: its name, or its identifier.
    #[must_use]
    pub fn display_name(&self) -> &str {
        if self.client_name.is_empty() {
            &self.client_id
        } else {
            &self.client_name
        }
    }
}
