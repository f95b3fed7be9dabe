DROP TABLE rotated_devices;
DROP TABLE devices;
DROP TABLE api_login_tokens;
