"""A service in Flask that only lets in who brings an access token of Latchkey: flask run --port 3100"""
import os

import jwt
from flask import Flask, abort, make_response, request

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
CLAIMS = {"require": ["exp", "iat", "sub", "client_id", "jti"]}
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", lifespan=300, timeout=3)
app, notes = Flask(__name__), {}

def refuse(status, challenge=""):
    abort(make_response({"status": status}, status, {"WWW-Authenticate": f'Bearer realm="api"{challenge}'}))

def protect(scope):
    if "Authorization" not in request.headers:
        refuse(401)
    scheme, _, token = request.headers["Authorization"].partition(" ")
    try:
        key = keys.get_signing_key_from_jwt(token)  # it says which algorithm it is for; the token has no say
        jws = jwt.decode_complete(token, key, [key.algorithm_name], CLAIMS, audience=AUDIENCE, issuer=ISSUER, leeway=5)
    except jwt.PyJWKClientConnectionError:
        abort(make_response({"status": 503}, 503, {"Retry-After": "1"}))
    except jwt.PyJWTError:
        refuse(401, ', error="invalid_token"')
    if scheme.lower() != "bearer" or jws["header"].get("typ", "").lower() not in ("at+jwt", "application/at+jwt"):
        refuse(401, ', error="invalid_token"')
    if scope not in jws["payload"].get("scope", "").split():
        refuse(403, f', error="insufficient_scope", scope="{scope}"')
    return jws["payload"]

@app.get("/notes")
def list_notes():
    return {"notes": notes.get(protect("notes:read")["sub"], [])}

@app.put("/notes/<note>")
def add_note(note):
    notes.setdefault(protect("notes:write")["sub"], []).append(note)
    return "", 204
