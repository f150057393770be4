"""The whole configuration. What may differ between sites comes from the environment (docs/configuration.md)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.conf.global_settings import LANGUAGES
from django.core.management.utils import get_random_secret_key

from chatsite import backends, logs
from chatsite.environment import MODEL_KEYS, Environment, refuse

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(beside=BASE_DIR)

# --- The site ---------------------------------------------------------------------------------------------------------

SITE_URL = env.origin("SITE_URL", default="http://127.0.0.1:8000")
SITE_NAME = env.text("SITE_NAME", "Chat")
SITE_ACCENT = env.number("SITE_ACCENT", default=172, least=0, most=360)  # the hue of --accent-hue in tokens.css
LANGUAGE_CODE = env.choice("SITE_LANGUAGE", default="en", among=tuple(code for code, _ in LANGUAGES))
IS_HTTPS = SITE_URL.startswith("https://")

SIGNUP_OPEN = env.flag("SIGNUP_OPEN", default=True)
RATE_LIMITS = env.flag("RATE_LIMITS", default=True)
CORS_ORIGINS = env.origins("CORS_ORIGINS")

DEBUG = env.flag("DEBUG", default=False)

# Everything but serving works without a key, so that a fresh clone can be migrated, checked and tested.
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_IS_THROWAWAY = not SECRET_KEY
SECRET_KEY = SECRET_KEY or get_random_secret_key()

# --- Assistants -------------------------------------------------------------------------------------------------------

DEFAULT_ASSISTANT = env.slug("DEFAULT_ASSISTANT", default="demo")
HISTORY_TOKENS = env.number("HISTORY_TOKENS", default=16_000, least=200, most=2_000_000)
CHAT_TITLES = env.choice("CHAT_TITLES", default="words", among=("words", "assistant"))
REPLIES_IN_WEB = env.flag("REPLIES_IN_WEB", default=True)

# `setup` makes an assistant for each of these that is there.
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.url("OPENAI_BASE_URL")
OPENROUTER_API_KEY = env.text("OPENROUTER_API_KEY")
OLLAMA_URL = env.url("OLLAMA_URL")
DIFY_API_KEY = env.text("DIFY_API_KEY")
DIFY_API_URL = env.url("DIFY_API_URL")

# An assistant's row holds the name of a variable, never the key: settings.READ_SECRET("OPENAI_API_KEY").
READ_SECRET: Callable[[str], str] = env.secret

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chatsite.apps.Daphne",  # before staticfiles, whose runserver it replaces
    "chatsite.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "chat",
]
MIDDLEWARE = [
    "chat.middleware.RouteNoted",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",  # before all that may refuse: what is said then is a page, too
    "chat.middleware.LineGivenBack",
    "chat.middleware.Legible",
    "chatsite.static.StaticMiddleware",
    "chat.middleware.NothingLeftBehind",
    "chat.middleware.SecretsUnkept",
    "chat.middleware.HeadAsGet",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chat.middleware.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.middleware.AnonymousLimit",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chat.middleware.MethodRefused",
]
# The page on the API, from here and not from somebody's CDN. Installed, Django Ninja would be loaded by each command,
# with Pydantic and Django's own tools for tests: a quarter of all that it loads.
NINJA_DIR = Path(str(find_spec("ninja").origin)).parent  # type: ignore[union-attr]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", NINJA_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.i18n", "chat.templatetags.words"],  # every page has words
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOCALE_PATHS = [BASE_DIR / "chat" / "locale"]
TIME_ZONE = "UTC"  # pages show each person their own time
USE_TZ = True
USE_I18N = True

# --- Where things are kept, and what processes tell each other --------------------------------------------------------

DATABASES = {
    "default": backends.database(env.database("DATABASE_URL", default="sqlite:///db.sqlite3"), beside=BASE_DIR)
}

# The first one also keeps cache and limits; what is announced is shared among all of them, by room.
REDIS_URLS = env.redis("REDIS_URL")
REDIS_URL = next(iter(REDIS_URLS), "")
BROKER_COUNT = max(1, len(REDIS_URLS))
BROKER_OF = backends.broker_of(*REDIS_URLS)
if not REDIS_URL and not REPLIES_IN_WEB:
    refuse("REPLIES_IN_WEB", "1, for other processes are only heard by way of REDIS_URL", "0")

CHANNEL_LAYERS = {"default": backends.redis_layer(*REDIS_URLS) if REDIS_URL else backends.memory_layer()}
CACHES = {"default": backends.redis_cache(REDIS_URL) if REDIS_URL else backends.memory_cache()}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a cache that did not hear of a sign-out would keep it open
LIMITS_STORAGE = backends.limits_storage(REDIS_URL)  # keyword arguments of limits.storage.storage_from_string

# --- Who may speak to us, and how -------------------------------------------------------------------------------------

ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS",
    default=[
        host if ":" not in host else f"[{host}]"
        for host in dict.fromkeys([urlsplit(SITE_URL).hostname or "", "127.0.0.1", "localhost", "::1"])
    ],
)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "chat.views.errors.old_form"

SECURE_SSL_REDIRECT = IS_HTTPS
# No other port of that name speaks TLS.
SECURE_SSL_HOST = urlsplit(SITE_URL).netloc if urlsplit(SITE_URL).port else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# HSTS for a whole domain and its preload list concern more than this site: they are for its owner to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/static/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]  # it is a ModelBackend, too
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "chat.accounts.AccountAdapter"
ACCOUNT_FORMS = {"add_email": "chat.accounts.NewAddressForm", "signup": "chat.accounts.NewAccountForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers because somebody typed their address
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
MAILED_LINK_DAYS = ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3  # each mail says so
PASSWORD_RESET_TIMEOUT = int(timedelta(days=MAILED_LINK_DAYS).total_seconds())
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = True
# Sign-in and what anonymous people may ask for, counted per address: allauth's own figures, but for guesses at one
# account, of which it takes five in five minutes from each address (chat/accounts.py).
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    {"login": "30/m/ip", "signup": "20/m/ip", "login_from_anywhere": "25/5m/key"} if RATE_LIMITS else False
)
MFA_ADAPTER = "chat.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME

# --- Mail -------------------------------------------------------------------------------------------------------------

_email = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (_email[name] or "" for name in ("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"))
EMAIL_USE_TLS, EMAIL_USE_SSL = (_email.get(name, False) for name in ("EMAIL_USE_TLS", "EMAIL_USE_SSL"))
EMAIL_PORT = _email["EMAIL_PORT"] or (465 if EMAIL_USE_SSL else 25)
EMAIL_FILE_PATH = f"/{_email['EMAIL_FILE_PATH']}" if _email["EMAIL_FILE_PATH"] else None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.mailbox("DEFAULT_FROM_EMAIL", default=backends.sender(SITE_NAME, at=SITE_URL))
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static", NINJA_DIR / "static"]
# Beside manage.py, wherever a command is run from: a backup by cron is to find what the server keeps.
STATIC_ROOT = BASE_DIR / env.text("STATIC_ROOT", "staticfiles")
MEDIA_ROOT = BASE_DIR / env.text("MEDIA_ROOT", "media")

# What people send with their messages.
FILES_ALLOWED = env.flag("FILES_ALLOWED", default=True)
FILE_LIMIT_MB = env.number("FILE_LIMIT_MB", default=10, least=1, most=1_000)
FILES_PER_MESSAGE = env.number("FILES_PER_MESSAGE", default=10, least=1, most=50)
FILES_MB_PER_DAY = env.number("FILES_MB_PER_DAY", default=500, least=1, most=1_000_000)
FILES_BY_NGINX = env.location("FILES_BY_NGINX")  # nginx's `internal` one; without it they come from here

# Collected files (an image, a release) have their hash in their name and are kept by browsers for ever. Without
# `collectstatic`, so in a clone, the same files are served from where they are.
STATIC_IS_COLLECTED = not DEBUG and backends.is_collected(STATIC_ROOT)
IS_COLLECTING = "collectstatic" in sys.argv[1:2]
STORAGES = backends.storages(is_hashed=STATIC_IS_COLLECTED or IS_COLLECTING)
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- Metrics ----------------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.bearer("METRICS_TOKEN")  # without one, /metrics is for whoever asks directly on this machine

# --- Logs -------------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logs.configure(level=LOG_LEVEL, form=env.choice("LOG_FORMAT", default="console", among=("console", "json")))

VARIABLES = frozenset(env.names)  # what docs/configuration.md and .env.example are held to
OWN_VARIABLES = VARIABLES - MODEL_KEYS  # sent to no model, whoever names them
