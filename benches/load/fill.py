"""Fills the database that prepare.py made as years of use would: 100,000 users, 10,000 clients, 1,000,000 tokens.

    python3 fill.py FOLDER

Rows are written in the shape in which the server writes them, half of the tokens access tokens and half refresh tokens, two
of each a grant. The server must not be running.
"""

import json
import os
import pathlib
import sqlite3
import sys
import time

USERS, CLIENTS, GRANTS = 100_000, 10_000, 250_000

now = int(time.time() * 1_000_000)
day = 86_400 * 1_000_000
made = 0


def new_id():
    """A UUID of version 7, a little in the past and in order, as the server's are."""
    global made
    made += 1
    millis = (now // 1000 - 30 * 86_400_000 + made * 100).to_bytes(6, "big")
    random = bytearray(os.urandom(10))
    random[0], random[2] = 0x70 | random[0] & 0x0F, 0x80 | random[2] & 0x3F
    return millis + bytes(random)


def text(identifier):
    digits = identifier.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


database = sqlite3.connect(pathlib.Path(sys.argv[1]) / "load.db")
database.executescript("PRAGMA foreign_keys=OFF; PRAGMA cache_size=-400000; PRAGMA temp_store=MEMORY;")
(user_doc,) = database.execute("SELECT doc FROM users WHERE username_key = 'user0'").fetchone()
(password,) = database.execute("SELECT doc FROM credentials LIMIT 1").fetchone()
(client_doc,) = database.execute("SELECT doc FROM clients WHERE client_id = 'svc'").fetchone()
(issuer,) = [line.split('"')[1] for line in open(pathlib.Path(sys.argv[1]) / "countersign.toml") if line.startswith("issuer")]

users = []
for number in range(USERS):
    users.append(new_id())
    name = f"filler{number}"
    doc = json.loads(user_doc) | {"id": text(users[-1]), "username": name}
    database.execute("INSERT INTO users VALUES (?, ?, 'default', ?)", (users[-1], name, json.dumps(doc)))
    database.execute("INSERT INTO credentials VALUES (?, ?, 'password', ?, NULL, 0, ?)", (new_id(), users[-1], now, password))
for number in range(CLIENTS):
    doc = json.loads(client_doc) | {"client_id": f"filler{number}"}
    database.execute("INSERT INTO clients VALUES (?, ?)", (doc["client_id"], json.dumps(doc)))

digests = sorted(os.urandom(32) for _ in range(2 * GRANTS))
access, refresh = [], []
for number in range(GRANTS):
    grant, user = new_id(), users[number % USERS]
    doc = {
        "id": text(grant),
        "user": text(user),
        "client_id": "app",
        "scope": "email offline_access openid profile",
        "resources": [],
        "claims": {"userinfo": [], "id_token": [], "subject": None},
        "nonce": None,
        "snapshot": {
            "assurance": {"acr": "low", "amr": ["pwd"], "auth_time": now},
            "acr_value": None,
            "credentials": [text(os.urandom(16))],
            "session": text(os.urandom(16)),
            "policy_version": 1,
        },
        "created_at": now,
    }
    row = (grant, user, "app", now + 365 * day, None, json.dumps(doc))
    database.execute("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?)", row)
    for digest in digests[2 * number : 2 * number + 2]:
        said = {
            "iss": issuer,
            "sub": text(user),
            "aud": issuer,
            "client_id": "app",
            "scope": doc["scope"],
            "iat": now // 1_000_000,
            "exp": now // 1_000_000 + 86_400,
            "jti": os.urandom(16).hex(),
            "grant_id": text(grant),
        }
        access.append((digest, grant, now + day, json.dumps(said)))
        refresh.append((new_id(), os.urandom(32), grant, now, now + 30 * day, now + 365 * day))
    if len(access) >= 50_000:
        database.executemany("INSERT INTO access_tokens VALUES (?, ?, ?, NULL, ?)", access)
        database.executemany("INSERT INTO refresh_tokens VALUES (?, ?, ?, NULL, 'live', NULL, NULL, ?, ?, ?)", refresh)
        access, refresh = [], []
database.executemany("INSERT INTO access_tokens VALUES (?, ?, ?, NULL, ?)", access)
database.executemany("INSERT INTO refresh_tokens VALUES (?, ?, ?, NULL, 'live', NULL, NULL, ?, ?, ?)", refresh)
database.execute("UPDATE directory SET version = version + 1")
database.commit()
for table in ("users", "clients", "access_tokens", "refresh_tokens"):
    print(table, *database.execute(f"SELECT count(*) FROM {table}").fetchone())
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
