mod authorization_code;
mod authorize;
