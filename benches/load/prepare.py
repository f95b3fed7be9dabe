"""Makes the folder that countersign.json runs in: a directory of 1,000 users and the clients of its scenarios.

    python3 prepare.py FOLDER path/to/countersign path/to/client-jwks.json [HASH_OF_THE_PASSWORD]
"""

import json
import pathlib
import shutil
import subprocess
import sys

folder, binary, jwks = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
PASSWORD = "correct horse battery"
SECRET = "s" * 43
folder.mkdir(parents=True, exist_ok=True)
for old in ("load.db", "load.db-wal", "load.db-shm"):
    (folder / old).unlink(missing_ok=True)
shutil.copy(pathlib.Path(__file__).with_name("countersign.toml"), folder / "countersign.toml")


def run(*arguments):
    return subprocess.run([binary, *arguments, "--config", "countersign.toml"], cwd=folder, check=True, capture_output=True, text=True).stdout


def apply(directory):
    (folder / "directory.json").write_text(json.dumps(directory))
    run("apply", "directory.json")


# One user is hashed; the others share the hash, so that preparing takes no minutes.
apply({"users": [{"username": "user0", "password": PASSWORD}]})
exported = run("export", "--secrets")
phc = next(line.split('"')[1] for line in exported.splitlines() if line.strip().startswith("password_hash"))

keys = json.loads(jwks.read_text())
callback = ["http://127.0.0.1:9/cb"]


def web(client_id, **members):
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "redirect_uris": callback,
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email offline_access",
        "require_consent": False,
        "id_token_signed_response_alg": "ES256",
        "access_token_format": "opaque",
    } | members


def service(client_id, **members):
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "response_types": [],
        "scope": "api:read api:write",
        "access_token_format": "opaque",
    } | members


spa = web("spa", token_endpoint_auth_method="none")
del spa["client_secret"]
svc_jwt = service("svc_jwt", token_endpoint_auth_method="private_key_jwt", jwks=keys)
del svc_jwt["client_secret"]
apply(
    {
        "scopes": [{"name": "api:read", "description": "Read"}, {"name": "api:write", "description": "Write"}],
        "resources": [
            {"identifier": f"https://api.example/{alg}", "access_token_format": "jwt", "access_token_signing_alg": alg}
            for alg in ("RS256", "ES256", "EdDSA")
        ],
        "users": [
            {
                "username": f"user{n}",
                "password_hash": phc,
                "claims": {"name": f"Name user{n}", "email": f"user{n}@example.org", "email_verified": True},
            }
            for n in range(1000)
        ],
        "clients": [
            web("app"),
            web("third", require_consent=True),
            spa,
            service("svc"),
            service("rs", resource_server=True),
            svc_jwt,
            service(
                "bearer",
                grant_types=["urn:ietf:params:oauth:grant-type:jwt-bearer"],
                jwks=keys,
                preapproved_profiles=["default"],
                access_token_format="jwt",
                access_token_signing_alg="ES256",
            ),
        ],
    }
)
