//! AI tools: the Model Context Protocol's own client, which knows an API's address and nothing else (revision 2026-07-28).

use serde_json::{Value, json};

use super::add_user;
use super::scripts::run;
use crate::support::directory::PASSWORD;
use crate::support::installation::Installation;
use crate::support::program::{Program, free_port};
use crate::support::service::{Behaviour, Service};

const CALLBACK: &str = "http://127.0.0.1:3334/callback";

/// An API, and an installation where tools may register and be described.
struct World {
    installation: Installation,
    api: String,
    _program: Program,
}

fn start() -> World {
    let bind = format!("127.0.0.1:{}", free_port());
    let api = format!("http://{bind}/transfers");
    let directory = format!(
        "[[scopes]]\nname = \"transfers\"\ndescription = \"Make transfers\"\n[[resources]]\nidentifier = \"{api}\"\n"
    );
    let settings = format!(
        "[registration]\nmode = \"open\"\nmetadata_documents = true\nscope = \"openid offline_access transfers\"\n\
         resources = [\"{api}\"]\n[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\n"
    );
    let installation = Installation::start_with(&directory, &settings);
    let arguments = ["--issuer", &installation.issuer, "--audience", &api, "--bind", &bind];
    let program = Program::example("resource_server", &arguments);
    World {
        installation,
        api,
        _program: program,
    }
}

fn journey(world: &World, username: &str, client_id: Option<&str>) -> Option<Value> {
    add_user(&world.installation, username);
    let settings = json!({
        "issuer": world.installation.issuer, "api": world.api, "redirect_uri": CALLBACK, "scope": "transfers",
        "client_id": client_id, "username": username, "password": PASSWORD, "totp_secret": null,
    });
    let answer = run("mcp_client.mjs", &settings)?;
    assert_eq!(answer["pages"], json!(["login", "consent"]));
    Some(answer)
}

#[test]
fn a_tool_finds_its_way_from_an_api_alone() {
    let world = start();
    // One registers itself.
    if journey(&world, "alice", None).is_none() {
        return;
    }
    // Another is known by the address of its metadata.
    let host = Service::start(Behaviour::Answer(404, String::new()));
    let address = host.url("/client.json");
    let document = json!({
        "client_id": address, "client_name": "Atlas Notes", "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    host.behave(Behaviour::Answer(200, document.to_string()));
    let answer = journey(&world, "bob", Some(&address)).unwrap();
    assert_eq!(answer["client_id"], address);
}
