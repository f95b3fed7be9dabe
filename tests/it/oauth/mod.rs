mod authorization_code;
