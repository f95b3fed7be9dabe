mod discovery;
mod id_token;
mod jwks;
mod userinfo;
