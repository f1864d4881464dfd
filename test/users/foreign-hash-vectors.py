# Makes the vectors for foreign-hashes.test.ts; on Debian 12, with python3-werkzeug, python3-bcrypt, python3-passlib and
# python3-argon2: /usr/bin/python3 test/users/foreign-hash-vectors.py > test/users/foreign-hash-vectors.json
# The salts are counted, not drawn, so that every run prints the same.
import base64
import hashlib
import hmac
import json
from importlib.metadata import version
from itertools import count

import bcrypt
from passlib import hash as passlib
from werkzeug import security as werkzeug

PLAIN = "Correct-Horse-7"
FOREIGN = "pässword 日本語 🔑"
SPACED = "  two words, and blanks "
LONG = "All of these bytes, which are more than 72, are one long password: 0123456789abcdef"
VERY_LONG = (LONG * 4)[:260]  # a count of its bytes in one byte wraps to a few, as old 2a did

numbers = count(1)
vectors = []


def add(form, made_by, password, hashed):
    vectors.append({"form": form, "madeBy": made_by, "password": password, "hash": hashed})


def salt_bytes():
    return hashlib.sha256(b"salt %d" % next(numbers)).digest()[:16]


def salt_letters(length):
    return salt_bytes().hex()[:length]


werkzeug.gen_salt = salt_letters
WERKZEUG = "werkzeug " + version("werkzeug")
PASSLIB = "passlib " + version("passlib")
BCRYPT = "bcrypt " + version("bcrypt") + " for Python"


def bcrypt_salt(cost, letter):
    # Its own alphabet; the last of the 22 characters carries two bits only.
    text = base64.b64encode(salt_bytes()).decode().rstrip("=")
    standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    own = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return f"$2{letter}${cost:02}$" + text.translate(str.maketrans(standard, own))


def add_bcrypt(letter, cost, password):
    hashed = bcrypt.hashpw(password.encode(), bcrypt_salt(cost, letter).encode()).decode()
    add(f"bcrypt 2{letter}", BCRYPT, password, hashed)


def add_passlib(form, handler, password, **settings):
    if "salt" not in settings:
        settings["salt"] = salt_bytes()
    add(form, PASSLIB, password, handler.using(**settings).hash(password))


def add_werkzeug(method, password):
    hashed = werkzeug.generate_password_hash(password, method)
    add(f"werkzeug {method}", WERKZEUG, password, hashed)


def add_werkzeug_scrypt(n, r, p, password):
    # Werkzeug has it since 2.3; this is what generate_password_hash does there.
    salt = salt_letters(16)
    made = hashlib.scrypt(
        password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p, dklen=64
    )
    made_by = "hashlib.scrypt of Python, as werkzeug does since 2.3"
    add("werkzeug scrypt", made_by, password, f"scrypt:{n}:{r}:{p}${salt}${made.hex()}")


def add_flask_security(form, handler, password, key, **settings):
    if "salt" not in settings:
        settings["salt"] = salt_bytes()
    # What get_hmac in flask_security/utils.py does.
    keyed = hmac.new(key.encode(), password.encode(), hashlib.sha512).digest()
    hashed = handler.using(**settings).hash(base64.b64encode(keyed).decode("ascii"))
    prefix = base64.urlsafe_b64encode(key.encode()).decode()
    made_by = PASSLIB + ", after the HMAC of Flask-Security"
    add(f"flask-security, {form}", made_by, password, f"flask-security${prefix}${hashed}")


for letter in "ab":
    for password in (PLAIN, FOREIGN, SPACED, LONG, VERY_LONG):
        add_bcrypt(letter, 4, password)
add_bcrypt("b", 12, PLAIN)
for password in (PLAIN, FOREIGN, LONG, VERY_LONG):
    add_passlib("bcrypt 2y", passlib.bcrypt, password, ident="2y", rounds=5, salt=bcrypt_salt(5, "y")[7:])

for password in (PLAIN, FOREIGN, SPACED, LONG, VERY_LONG):
    add_werkzeug("pbkdf2:sha256:1000", password)
    add_werkzeug_scrypt(1024, 8, 1, password)
add_werkzeug("pbkdf2:sha256", PLAIN)
add_werkzeug("pbkdf2:sha256:600000", FOREIGN)
add_werkzeug("pbkdf2:sha1:1000", FOREIGN)
add_werkzeug("pbkdf2:sha512:1000", FOREIGN)
add_werkzeug_scrypt(32768, 8, 1, FOREIGN)
add_werkzeug_scrypt(1024, 4, 3, SPACED)
for method in ("md5", "sha1", "sha256", "sha512"):
    add_werkzeug(method, PLAIN)
    add_werkzeug(method, FOREIGN)

for handler in (passlib.pbkdf2_sha1, passlib.pbkdf2_sha256, passlib.pbkdf2_sha512):
    for password in (PLAIN, FOREIGN, SPACED, VERY_LONG):
        add_passlib("passlib " + handler.name, handler, password, rounds=1000)
add_passlib("passlib pbkdf2_sha512", passlib.pbkdf2_sha512, PLAIN, rounds=25000)
add_passlib("passlib pbkdf2_sha256", passlib.pbkdf2_sha256, PLAIN, rounds=29000)
add_passlib("passlib pbkdf2_sha512", passlib.pbkdf2_sha512, PLAIN, rounds=1, salt=b"\0")
for password in (PLAIN, FOREIGN, SPACED, VERY_LONG):
    add_passlib("passlib scrypt", passlib.scrypt, password, rounds=10)
add_passlib("passlib scrypt", passlib.scrypt, PLAIN, rounds=14)
add_passlib("passlib scrypt", passlib.scrypt, PLAIN, rounds=10, block_size=2, parallelism=4)

for password in (PLAIN, FOREIGN, LONG):
    key = "146585145368132386173505678016728509634"
    add_flask_security("bcrypt", passlib.bcrypt, password, key, rounds=4, salt=bcrypt_salt(4, "b")[7:])
    add_flask_security("pbkdf2_sha512", passlib.pbkdf2_sha512, password, key, rounds=1000)
    add_flask_security("argon2", passlib.argon2, password, key, memory_cost=1024, rounds=2, parallelism=2)
key = "Schlüssel?>~"
add_flask_security("pbkdf2_sha256", passlib.pbkdf2_sha256, PLAIN, key, rounds=1000)
add_flask_security("pbkdf2_sha1", passlib.pbkdf2_sha1, PLAIN, key, rounds=1000)
add_flask_security("scrypt", passlib.scrypt, PLAIN, key, rounds=10)
add_flask_security("argon2", passlib.argon2, FOREIGN, key, type="I", memory_cost=512, rounds=1, parallelism=1)
add_flask_security("argon2", passlib.argon2, FOREIGN, key, type="D", memory_cost=512, rounds=10, parallelism=1)

print(json.dumps(vectors, ensure_ascii=False, indent=2))
