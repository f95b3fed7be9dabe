//! `client`: clients added, listed, disabled, given new secrets; tokens that let others register clients.

mod registration_token;

use clap::{Subcommand, ValueEnum};
use serde_json::Value;

use super::arguments::named;
use super::context::{Context, OPERATOR};
use super::output;
use crate::error::{FieldError, Result};
use crate::manage::{clients, registration};
use crate::model::client::{ApplicationType, AuthMethod, Client, GrantType, IpRelaxation, JwtBearerAssurance};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::request::ResponseType;
use crate::model::requirement::{Enforcement, OnInsufficient};
use crate::model::scope::ScopeSet;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all clients
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a client without its secret
    Show {
        /// The client's identifier
        client_id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a client; prints its secret, this once
    Add(Add),
    /// Let a client get nothing any more
    Disable(Named),
    /// Let a disabled client ask again
    Enable(Named),
    /// Make a new secret in place of the old one; prints it, this once
    RotateSecret(Named),
    /// Remove a client that registered itself, with all that it was granted
    Remove(Named),
    /// Make, list and revoke tokens that let others register clients
    RegistrationToken(registration_token::Args),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The client's identifier
    client_id: String,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// The client's identifier
    client_id: String,
    /// The name people see
    #[arg(long, default_value = "")]
    name: String,
    /// Where responses may go; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// How it may ask at the token endpoint; may be repeated
    #[arg(long = "grant-type", value_enum, default_values_t = [Grant::AuthorizationCode])]
    grant_types: Vec<Grant>,
    /// The scopes it may ask for, separated by spaces
    #[arg(long, default_value = "openid")]
    scope: String,
    /// How it authenticates
    #[arg(long, value_enum, default_value_t = Method::Basic)]
    auth_method: Method,
    /// Where its public keys are
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// The level its authorizations must reach: none, low, standard, high or phr
    #[arg(long, value_name = "LEVEL", default_value = "none", value_parser = named::<Acr>)]
    required_acr: Acr,
    /// What to do when a session is short of that: raise or block
    #[arg(long, value_name = "WHAT", default_value = "raise", value_parser = named::<OnInsufficient>)]
    on_insufficient: OnInsufficient,
    /// Only report what would be asked, and stop nobody
    #[arg(long)]
    report_only: bool,
    /// A kind of second factor that counts for it; may be repeated, all count where none is given
    #[arg(long = "accepted-factor", value_name = "KIND", value_parser = named::<FactorKind>)]
    accepted_factors: Vec<FactorKind>,
    /// Which of its requests the login ranges do not hold for
    #[arg(long, value_name = "WHICH", default_value = "enforce", value_parser = named::<IpRelaxation>)]
    ip_relaxation: IpRelaxation,
    /// Where the level of its JWT-bearer grants comes from: preapproved, deny, `session_backed` or asserted
    #[arg(long, value_name = "MODE", default_value = "preapproved", value_parser = named::<JwtBearerAssurance>)]
    jwt_bearer_assurance: JwtBearerAssurance,
    /// A user approved for its JWT-bearer assertions; may be repeated
    #[arg(long = "preapproved-user", value_name = "USERNAME")]
    preapproved_users: Vec<String>,
    /// It runs on people's devices rather than on a web server
    #[arg(long)]
    native: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grant {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    Password,
    JwtBearer,
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::Password => Self::Password,
            Grant::JwtBearer => Self::JwtBearer,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    None,
    #[value(name = "client_secret_basic")]
    Basic,
    #[value(name = "client_secret_post")]
    Post,
    #[value(name = "client_secret_jwt")]
    SecretJwt,
    #[value(name = "private_key_jwt")]
    PrivateKeyJwt,
}

impl From<Method> for AuthMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::None => Self::None,
            Method::Basic => Self::ClientSecretBasic,
            Method::Post => Self::ClientSecretPost,
            Method::SecretJwt => Self::ClientSecretJwt,
            Method::PrivateKeyJwt => Self::PrivateKeyJwt,
        }
    }
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        Command::List { json } => list(json, context),
        Command::Show { client_id, json } => show(&client_id, json, context),
        Command::Add(add) => run_add(add, context),
        Command::Disable(Named { client_id }) => set_disabled(client_id, true, context),
        Command::Enable(Named { client_id }) => set_disabled(client_id, false, context),
        Command::RotateSecret(Named { client_id }) => {
            let secret = context.perform(move |work| clients::rotate_secret(work, &OPERATOR, &client_id))?;
            output::line(secret.expose())
        }
        Command::Remove(Named { client_id }) => {
            let line = format!("{client_id} is removed");
            context.perform(move |work| registration::remove(work, &OPERATOR, &client_id))?;
            output::line(&line)
        }
        Command::RegistrationToken(args) => registration_token::run(args, context),
    }
}

fn set_disabled(client_id: String, disabled: bool, context: &Context) -> Result<()> {
    let outcome = if disabled { "disabled" } else { "enabled" };
    let line = format!("{client_id} is {outcome}");
    context.perform(move |work| clients::set_disabled(work, &OPERATOR, &client_id, disabled))?;
    output::line(&line)
}

fn run_add(add: Add, context: &Context) -> Result<()> {
    let client = client_of(add)?;
    let line = format!("added {}", client.client_id);
    let secret = context.perform(move |work| clients::add(work, &OPERATOR, client))?;
    output::line(&line)?;
    match secret {
        Some(secret) => output::line(&format!("client_secret {}", secret.expose())),
        None => Ok(()),
    }
}

fn client_of(add: Add) -> Result<Client> {
    let scope: ScopeSet = add
        .scope
        .parse()
        .map_err(|error| FieldError::new("--scope", format!("{error}")))?;
    let grant_types: Vec<GrantType> = add.grant_types.into_iter().map(GrantType::from).collect();
    let response_types = if grant_types.contains(&GrantType::AuthorizationCode) {
        vec![ResponseType::Code]
    } else {
        Vec::new()
    };
    Ok(Client {
        client_id: add.client_id,
        client_name: add.name,
        application_type: if add.native {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        },
        token_endpoint_auth_method: add.auth_method.into(),
        jwks_uri: add.jwks_uri,
        redirect_uris: add.redirect_uris,
        grant_types,
        response_types,
        scope,
        required_acr: add.required_acr,
        on_insufficient: add.on_insufficient,
        enforcement: if add.report_only {
            Enforcement::Report
        } else {
            Enforcement::Enforced
        },
        accepted_factors: add.accepted_factors,
        ip_relaxation: add.ip_relaxation,
        jwt_bearer_assurance: add.jwt_bearer_assurance,
        preapproved_users: add.preapproved_users,
        ..Client::default()
    })
}

/// A client's members without its secret.
fn members(client: Client) -> Value {
    let client = Client { secret: None, ..client };
    serde_json::to_value(client).unwrap_or_default()
}

fn list(json: bool, context: &Context) -> Result<()> {
    let clients = context.read(|view| clients::list(view, &OPERATOR))?;
    if json {
        return output::json(&clients.into_iter().map(members).collect::<Vec<_>>());
    }
    let rows: Vec<[String; 6]> = clients.into_iter().map(row).collect();
    output::table(
        ["client_id", "status", "authentication", "level", "from", "name"],
        &rows,
    )
}

fn row(client: Client) -> [String; 6] {
    let from = if client.is_registered() {
        "registration"
    } else {
        "directory"
    };
    [
        client.client_id,
        if client.disabled { "disabled" } else { "active" }.to_owned(),
        client.token_endpoint_auth_method.as_str().to_owned(),
        client.required_acr.to_string(),
        from.to_owned(),
        client.client_name,
    ]
}

fn show(client_id: &str, json: bool, context: &Context) -> Result<()> {
    let client = context.read(|view| clients::show(view, &OPERATOR, client_id))?;
    let members = members(client);
    if json {
        return output::json(&members);
    }
    let Value::Object(members) = members else {
        return Ok(());
    };
    let rows: Vec<[String; 2]> = members.into_iter().map(|(name, value)| [name, shown(&value)]).collect();
    output::table(["member", "value"], &rows)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.replace('\n', " "),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
