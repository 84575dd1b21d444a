"""Settings, all from the environment. docs/admin/settings.md has the table."""

from decimal import Decimal
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("DERPORTAL_VAR", default="") or BASE_DIR / "var")

DEMO = env.bool("DERPORTAL_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = not (DEMO or DEBUG)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random value "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(64))'), "
            "or set DERPORTAL_DEMO=1 to look around with demo data."
        )
    SECRET_KEY = "demo-only-this-key-is-public-and-signs-nothing-real-0123456789abcdef"

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "derportal",
    "enrollment",
    "workorders",
    "engineering",
    "tariffs",
    "registry",
    "customers",
    "exchange",
    "workflow",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "derportal.csp.PagePolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "derportal.staff.StaffSecondFactorMiddleware",
]

FORM_RENDERER = "derportal.forms.PortalFormRenderer"
ROOT_URLCONF = "derportal.urls"
WSGI_APPLICATION = "derportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "derportal.context.portal",
            ],
        },
    },
]

# "or", not a default: a variable that is set and empty means "not set" everywhere here.
DATABASES = {
    "default": env.db_url_config(env.str("DATABASE_URL", default="") or "postgresql:///derportal")
}
DATABASES["default"]["ENGINE"] = "derportal.postgresql"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# A process that froze inside a transaction must not keep its locks: others take over its work.
IDLE_SECONDS = env.int("IDLE_IN_TRANSACTION_SECONDS", default=15)
DATABASES["default"]["OPTIONS"].setdefault(
    "options", f"-c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000}"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="") or "redis://127.0.0.1:6379/0"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "derportal",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

# Celery rings bells and carries no data: a lost task is found again by the next beat. None of them
# expires: that would compare the clocks of two machines, and one too many costs a glance.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "derportal:",
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TASK_DEFAULT_QUEUE = "derportal"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # readyz calls the worker down when this has not run for a minute.
    "heartbeat": {"task": "derportal.heartbeat", "schedule": 15.0},
    "certificates": {
        "task": "derportal.tell_of_certificates",
        "schedule": crontab(hour=8, minute=45),
    },
    "deliver": {"task": "exchange.drain_all_due", "schedule": 2.0},
    "e-mail": {"task": "customers.send_due_notifications", "schedule": 5.0},
    "clocks": {"task": "enrollment.end_overdue_requests", "schedule": 3600.0},
    "catch-up": {"task": "enrollment.catch_up", "schedule": 5.0},
    "resyncs": {"task": "enrollment.continue_resyncs", "schedule": 5.0},
    "self-check": {"task": "enrollment.check_deliveries", "schedule": crontab(hour=8, minute=30)},
}

AUTH_USER_MODEL = "customers.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none" if DEMO else "mandatory"
MFA_ALLOW_UNVERIFIED_EMAIL = DEMO
ACCOUNT_PREVENT_ENUMERATION = "strict"
# Signing in, signing up and resetting have their own limits; ours is for linking an account.
ACCOUNT_RATE_LIMITS = {"link_account": "10/h/user"}
ACCOUNT_SESSION_REMEMBER = False
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Staff must use a second factor. The demo's staff do not have one.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEMO)

EMAIL_CONFIG = env.email_url_config(
    env.str("EMAIL_URL", default="")
    or (f"filemail://{VAR_DIR}/mail" if DEMO else "smtp://localhost:25")
)
vars().update(EMAIL_CONFIG)
# Below IDLE_IN_TRANSACTION_SECONDS: a notice is locked while it is sent.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=5)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="connections@alder-valley.example")

UTILITY_NAME = env.str("UTILITY_NAME", default="Alder Valley Power")
SUPPORT_PHONE = env.str("SUPPORT_PHONE", default="+1 555 010 0100")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="connections@alder-valley.example")
DEFAULT_PROCEDURE = env.str("DEFAULT_PROCEDURE", default="SGIP-10KW")
# Limits of California Rule 21's screens D and E, which the tariff leaves to the utility's practice:
# DER on a transformer as a share of its rating, and imbalance as a share of it.
SCREEN_LIMITS = {
    "D": Decimal(env.str("SCREEN_D_LIMIT", default="1")),
    "E": Decimal(env.str("SCREEN_E_LIMIT", default="0.2")),
}
# Seals endpoint secrets at rest; the first key seals, all of them unseal (rotation).
DERPORTAL_SEALING_KEYS = env.list("DERPORTAL_SEALING_KEYS", default=[])
# Third parties enter the addresses of their endpoints: only public ones are called, over TLS.
DERMS_ENDPOINT_ALLOWED_NETWORKS = env.list(
    "DERMS_ENDPOINT_ALLOWED_NETWORKS", default=["127.0.0.0/8"] if DEMO else []
)
DERMS_ENDPOINT_ALLOW_LOOPBACK = env.bool("DERMS_ENDPOINT_ALLOW_LOOPBACK", default=DEMO)
DERMS_ENDPOINT_ALLOW_HTTP = env.bool("DERMS_ENDPOINT_ALLOW_HTTP", default=DEMO)
DERMS_ENDPOINT_PORTS = env.list(
    "DERMS_ENDPOINT_PORTS", default=["any"] if DEMO else ["443", "8443"]
)
EXCHANGE_LEASE_SECONDS = env.int("EXCHANGE_LEASE_SECONDS", default=10)
EXCHANGE_TIMEOUT_SECONDS = env.int("EXCHANGE_TIMEOUT_SECONDS", default=10)
EXCHANGE_DRAIN_SECONDS = env.int("EXCHANGE_DRAIN_SECONDS", default=4)
EXCHANGE_POLL_SECONDS = env.int("EXCHANGE_POLL_SECONDS", default=5)
EXCHANGE_DATABASE_PATIENCE_SECONDS = env.int("EXCHANGE_DATABASE_PATIENCE_SECONDS", default=300)
EXCHANGE_RETRY_HOURS = env.int("EXCHANGE_RETRY_HOURS", default=72)
EXCHANGE_DISPATCH_SECONDS = env.int("EXCHANGE_DISPATCH_SECONDS", default=300)
EXCHANGE_MAX_ATTEMPTS = env.int("EXCHANGE_MAX_ATTEMPTS", default=1000)
EXCHANGE_MAX_INTERRUPTED = env.int("EXCHANGE_MAX_INTERRUPTED", default=5)
# How far the Timestamp of an inbound message may lie from now.
INBOUND_WINDOW_SECONDS = env.int("INBOUND_WINDOW_SECONDS", default=300)
# The header in which the proxy that ends TLS tells the client's certificate; "": none is believed.
INBOUND_CERTIFICATE_HEADER = env.str("INBOUND_CERTIFICATE_HEADER", default="")
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=6000)
# The name this portal signs its messages with (Header/Source).
MESSAGE_SOURCE = env.str("MESSAGE_SOURCE", default="derportal")

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("UTILITY_TIME_ZONE", default="America/Los_Angeles")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or VAR_DIR / "media")
STATICFILES_STORAGE_BACKEND = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE_BACKEND},
}
WHITENOISE_USE_FINDERS = not PRODUCTION  # the demo serves static files without collectstatic

# Security: everything on in production. Only the demo and DEBUG speak plain HTTP.
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by load balancers, inside
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION and env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = PRODUCTION and env.bool("HSTS_PRELOAD", default=True)
if env.bool("BEHIND_TLS_PROXY", default=False):
    # Only when a proxy in front sets this header itself: otherwise anybody could claim to come
    # over TLS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "derportal.logs.JsonLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="") or "INFO"},
    # Django's own handlers write several lines and mail tracebacks.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # A bell every other second would fill the disk with its echo.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["derportal.api.authentication.EndpointAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "derportal",
    "DESCRIPTION": (
        "DER as your endpoint may read them. Exchange its API credentials (console, Settings) "
        "for a token: `POST /oauth/token` with `grant_type=client_credentials`; send it as "
        "`Authorization: Bearer`. Read the export once, then the changes from its cursor; compare "
        "digests. Errors are problem details that name field and rule. "
        "Messages by IEC 61968-100 have [addresses of their own](/cim/)."
    ),
    "VERSION": None,  # the view's: /api/v1/
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    # A link within the button of an operation is out of reach (Redoc has links), and the colors of
    # examples are too pale.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "syntaxHighlight": False},
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}

OAUTH2_PROVIDER = {
    "SCOPES": {
        "der:read": "Read the DER that this endpoint is entitled to",
        "message:send": "Send messages into the portal",
    },
    # RFC 9700, OAuth 2.0 Security Best Current Practice: all of it, enforced.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "PKCE_REQUIRED": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_URI_WILDCARDS": False,
}
