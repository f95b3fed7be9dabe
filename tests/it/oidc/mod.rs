mod discovery;
mod encryption;
mod hybrid;
mod id_token;
mod jwks;
mod logout;
mod subjects;
mod userinfo;
