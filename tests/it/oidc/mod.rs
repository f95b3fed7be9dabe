mod discovery;
mod hybrid;
mod id_token;
mod jwks;
mod subjects;
mod userinfo;
