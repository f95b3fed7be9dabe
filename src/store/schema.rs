//! The tables, hand-kept: at most 32 columns each. `migrations/` holds their definitions.
#![expect(missing_docs, reason = "the columns are those of the migrations")]

diesel::table! {
    directory (id) {
        id -> Integer,
        version -> BigInt,
    }
}

diesel::table! {
    directory_objects (kind, name) {
        kind -> Text,
        name -> Text,
        doc -> Text,
    }
}

diesel::table! {
    clients (client_id) {
        client_id -> Text,
        doc -> Text,
        registered_at -> Nullable<BigInt>,
        registration_token -> Nullable<Binary>,
    }
}

diesel::table! {
    registration_tokens (name) {
        name -> Text,
        digest -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        uses_left -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        username_key -> Text,
        profile -> Text,
        doc -> Text,
        email_key -> Nullable<Text>,
    }
}

diesel::table! {
    credentials (id) {
        id -> Binary,
        user_id -> Binary,
        kind -> Text,
        confirmed_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        last_step -> BigInt,
        doc -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        digest -> Binary,
        user_id -> Binary,
        expires_at -> BigInt,
        doc -> Text,
    }
}

diesel::table! {
    session_clients (session_id, client_id) {
        session_id -> Binary,
        client_id -> Text,
    }
}

diesel::table! {
    interactions (id) {
        id -> Binary,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
        doc -> Text,
    }
}

diesel::table! {
    pairwise_subjects (user_id, sector) {
        user_id -> Binary,
        sector -> Text,
        subject -> Text,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Binary,
        client_id -> Text,
        scope -> Text,
        granted_at -> BigInt,
        resources -> Text,
    }
}

diesel::table! {
    grants (id) {
        id -> Binary,
        user_id -> Nullable<Binary>,
        client_id -> Text,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        doc -> Text,
    }
}

diesel::table! {
    codes (digest) {
        digest -> Binary,
        grant_id -> Binary,
        redirect_uri -> Text,
        redirect_uri_given -> Bool,
        code_challenge -> Nullable<Text>,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
        dpop_jkt -> Nullable<Text>,
    }
}

diesel::table! {
    device_codes (digest) {
        digest -> Binary,
        user_code -> Binary,
        doc -> Text,
        pause_micros -> BigInt,
        next_poll_at -> BigInt,
        answered_at -> Nullable<BigInt>,
        grant_id -> Nullable<Binary>,
        consumed_at -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

diesel::table! {
    access_tokens (digest) {
        digest -> Binary,
        grant_id -> Nullable<Binary>,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        doc -> Text,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Binary,
        digest -> Binary,
        grant_id -> Binary,
        predecessor -> Nullable<Binary>,
        state -> Text,
        successor_random -> Nullable<Binary>,
        redeemed_at -> Nullable<BigInt>,
        issued_at -> BigInt,
        idle_expires_at -> BigInt,
        expires_at -> BigInt,
        confirmation -> Nullable<Text>,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    seen_once (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    counters (name) {
        name -> Text,
        hits -> BigInt,
        window_ends_at -> BigInt,
    }
}

diesel::table! {
    tickets (digest) {
        digest -> Binary,
        purpose -> Text,
        doc -> Text,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        private_key -> Binary,
        created_at -> BigInt,
        signs_from -> BigInt,
        retires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Binary,
        unique_name -> Nullable<Text>,
        doc -> Text,
        run_at -> BigInt,
        attempts -> Integer,
        leased_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    audit_entries (chain, sequence) {
        chain -> Binary,
        sequence -> BigInt,
        at -> BigInt,
        event -> Text,
        user_id -> Nullable<Binary>,
        client_id -> Nullable<Text>,
        body -> Text,
        link -> Binary,
    }
}

diesel::table! {
    audit_chains (id) {
        id -> Binary,
        sealed_sequence -> BigInt,
    }
}

diesel::table! {
    audit_seals (number) {
        number -> BigInt,
        at -> BigInt,
        heads -> Text,
        mac -> Binary,
    }
}

diesel::table! {
    api_login_tokens (user_id) {
        user_id -> Binary,
        digest -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    devices (id) {
        id -> Binary,
        digest -> Binary,
        user_id -> Binary,
        expires_at -> BigInt,
        doc -> Text,
    }
}

diesel::table! {
    recovery_codes (credential_id, digest) {
        credential_id -> Binary,
        digest -> Binary,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    rotated_devices (digest) {
        digest -> Binary,
        device_id -> Binary,
        rotated_at -> BigInt,
    }
}

diesel::table! {
    accepted_terms (user_id, terms, version) {
        user_id -> Binary,
        terms -> Text,
        version -> Text,
        accepted_at -> BigInt,
    }
}

diesel::table! {
    one_time_codes (id) {
        id -> Binary,
        user_id -> Binary,
        transaction_id -> Binary,
        purpose -> Text,
        state -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        doc -> Text,
    }
}

diesel::table! {
    upstream_links (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        credential_id -> Binary,
    }
}

diesel::table! {
    upstream_sessions (session_id, credential_id) {
        session_id -> Binary,
        credential_id -> Binary,
        issuer -> Text,
        sid -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(access_tokens, grants, refresh_tokens, codes);

diesel::allow_tables_to_appear_in_same_query!(clients, grants);

diesel::allow_tables_to_appear_in_same_query!(upstream_links, credentials);
