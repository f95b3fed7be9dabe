//! An authorization request, parsed and proven (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

use super::client::GrantType;
use super::evidence::Acr;
use super::scope::{ScopeSet, scope_of_claim};

/// An authorization request whose client, redirect URI and parameters were found good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where the response goes; proven to be registered.
    pub redirect_uri: String,
    /// Whether the request named its redirect URI (RFC 6749 §4.1.3 then demands it at the token endpoint).
    pub redirect_uri_given: bool,
    /// What to respond with.
    pub response_type: ResponseType,
    /// How to respond.
    pub response_mode: ResponseMode,
    /// What is asked for, already cut to what the client may have.
    pub scope: ScopeSet,
    /// Echoed in the response.
    pub state: Option<String>,
    /// Bound into the ID token.
    pub nonce: Option<String>,
    /// PKCE S256 challenge (RFC 7636).
    pub code_challenge: Option<String>,
    /// The key whose holder alone redeems the code (RFC 9449 §10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
    /// How to prompt.
    pub prompt: Prompt,
    /// The greatest age of the proof in seconds.
    pub max_age: Option<u32>,
    /// Levels asked for, in order of preference, as the client wrote them.
    pub acr_values: Vec<RequestedAcr>,
    /// Whether a level is essential (`claims` with `acr` essential): unmet means an error.
    pub acr_essential: bool,
    /// Individual claims asked for.
    pub claims: ClaimsRequest,
    /// A hint for the login form.
    pub login_hint: Option<String>,
    /// The `sub` of a valid `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// Languages for the pages.
    pub ui_locales: Vec<String>,
    /// Requested resources (RFC 8707).
    pub resources: Vec<String>,
}

/// One requested level: the value as written, and the level it names here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedAcr {
    /// The value as the client wrote it, which is what it gets back.
    pub value: String,
    /// The level it names, if any.
    pub acr: Option<Acr>,
}

/// The combinations of `response_type` we serve; their words may come in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ResponseType {
    /// Web-server flow.
    Code,
    /// User-agent flow, access token alone.
    Token,
    /// User-agent flow, ID token alone.
    IdToken,
    /// User-agent flow, both.
    IdTokenToken,
    /// Hybrid flow, a code and an ID token.
    CodeIdToken,
    /// Hybrid flow, a code and an access token.
    CodeToken,
    /// Hybrid flow, all three.
    CodeIdTokenToken,
    /// Nothing but the decision.
    None,
}

impl ResponseType {
    /// All that can be registered.
    pub const ALL: [Self; 8] = [
        Self::Code,
        Self::Token,
        Self::IdToken,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
        Self::None,
    ];

    /// The value as registered and advertised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
            Self::None => "none",
        }
    }

    /// Parses the space-separated words in any order (OAuth 2.0 Multiple Response Types §3).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        let sorted = words.join(" ");
        Self::ALL.into_iter().find(|known| known.as_str() == sorted)
    }

    /// The grant types that a client needs for it (OpenID Connect Registration §2).
    #[must_use]
    pub const fn grant_types(self) -> &'static [GrantType] {
        match self {
            Self::Code => &[GrantType::AuthorizationCode],
            Self::Token | Self::IdToken | Self::IdTokenToken => &[GrantType::Implicit],
            Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken => {
                &[GrantType::AuthorizationCode, GrantType::Implicit]
            }
            Self::None => &[],
        }
    }

    /// Whether the response holds a code.
    #[must_use]
    pub const fn has_code(self) -> bool {
        matches!(
            self,
            Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken
        )
    }

    /// Whether tokens come straight from the authorization endpoint.
    #[must_use]
    pub const fn has_tokens(self) -> bool {
        self.has_token() || self.has_id_token()
    }

    /// Whether the response holds an ID token from the authorization endpoint.
    #[must_use]
    pub const fn has_id_token(self) -> bool {
        matches!(
            self,
            Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken
        )
    }

    /// Whether the response holds an access token from the authorization endpoint.
    #[must_use]
    pub const fn has_token(self) -> bool {
        matches!(
            self,
            Self::Token | Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken
        )
    }
}

impl From<ResponseType> for &'static str {
    fn from(response_type: ResponseType) -> Self {
        response_type.as_str()
    }
}

impl TryFrom<String> for ResponseType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no response type that is served here"))
    }
}

/// How the response reaches the client (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment.
    Fragment,
    /// Posted to it by a page of ours.
    FormPost,
    /// A signed JWT in the query (JARM §2.3.1).
    QueryJwt,
    /// A signed JWT in the fragment.
    FragmentJwt,
    /// A signed JWT, posted.
    FormPostJwt,
}

impl ResponseMode {
    /// All of them, and what stands for the default one of signed JWTs, as metadata lists them.
    pub const NAMES: [&'static str; 7] = [
        "query",
        "fragment",
        "form_post",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
    ];

    /// The mode of this name, where `default` is the response type's own (JARM §2.3.4).
    #[must_use]
    pub fn parse(name: &str, default: Self) -> Option<Self> {
        Some(match name {
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            "form_post" => Self::FormPost,
            "jwt" if default == Self::Fragment => Self::FragmentJwt,
            "jwt" | "query.jwt" => Self::QueryJwt,
            "fragment.jwt" => Self::FragmentJwt,
            "form_post.jwt" => Self::FormPostJwt,
            _ => return None,
        })
    }

    /// Whether the parameters are in a signed JWT.
    #[must_use]
    pub const fn is_jwt(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }

    /// How what is said gets there, whether it is signed or not.
    #[must_use]
    pub const fn carrier(self) -> Self {
        match self {
            Self::Query | Self::QueryJwt => Self::Query,
            Self::Fragment | Self::FragmentJwt => Self::Fragment,
            Self::FormPost | Self::FormPostJwt => Self::FormPost,
        }
    }
}

/// The `prompt` parameter (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the words of the parameter may be combined"
)]
pub struct Prompt {
    /// No pages may be shown.
    pub none: bool,
    /// Earlier proof does not count.
    pub login: bool,
    /// Earlier consent does not count.
    pub consent: bool,
    /// The account may be chosen anew.
    pub select_account: bool,
}

/// The `claims` parameter (OpenID Connect Core §5.5), as far as it names members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct ClaimsRequest {
    /// Claims wanted from the userinfo endpoint.
    pub userinfo: Vec<String>,
    /// Claims wanted in the ID token.
    pub id_token: Vec<String>,
    /// The `sub` value that was demanded.
    pub subject: Option<String>,
}

impl ClaimsRequest {
    /// The scopes that stand for the named claims: who gets one of them must be allowed as for all of its scope.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let names = self.userinfo.iter().chain(&self.id_token);
        names.filter_map(|name| scope_of_claim(name)).collect()
    }

    /// Leaves out the claims whose scope is not in `scopes`.
    pub fn keep(&mut self, scopes: &ScopeSet) {
        let is_kept = |name: &String| scope_of_claim(name).is_none_or(|scope| scopes.contains(scope));
        self.userinfo.retain(is_kept);
        self.id_token.retain(is_kept);
    }
}
