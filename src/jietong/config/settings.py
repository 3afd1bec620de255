"""Settings of the one deployment. What a site changes comes from the environment; a wrong value stops the start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from jietong.config import keys
from jietong.config.database import connection_settings

DATA_DIR = Path(os.environ.get("JIETONG_DATA", "var")).resolve()


def _flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name, "1" if default else "0").strip().lower()
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"{name} must be yes or no, not {raw!r}")


#: The demo shows every message on the "demo phone" and lists its logins; a real site switches it off.
DEMO = _flag("JIETONG_DEMO", default=True)
DEBUG = _flag("JIETONG_DEBUG", default=False)
SECRET_KEY = keys.secret_key(DATA_DIR)
FIELD_KEYS = keys.field_keys(DATA_DIR)
ALLOWED_HOSTS = os.environ.get("JIETONG_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("JIETONG_ORIGINS", "").split(",") if o]

#: The channel that pays loans out: a class with send, pull and ask (origination/channels).
ORIGINATION_CHANNEL = os.environ.get("JIETONG_PAYOUT_CHANNEL", "jietong.origination.channels.demo.DemoChannel")

#: The lender whose borrowers these are, as its borrowers know it.
LENDER_NAME = os.environ.get("JIETONG_LENDER", "青禾消费金融")
LENDER_TIME_ZONE = "Asia/Shanghai"
#: where a borrower may pay to by transfer; the reference text is the loan's number
REPAYMENT_ACCOUNT = {
    "name": os.environ.get("JIETONG_ACCOUNT_NAME", f"{LENDER_NAME}有限公司"),
    "bank": os.environ.get("JIETONG_ACCOUNT_BANK", "演示银行营业部"),
    "number": os.environ.get("JIETONG_ACCOUNT_NUMBER", "0000 0000 0000 0000"),
}
SUSPENSE_TEAM = os.environ.get("JIETONG_SUSPENSE_TEAM", "desk")  # owns money that cannot be booked
RULE_PACK = os.environ.get("JIETONG_PACK", "cn")

#: The payment channel that debits cards in real time, and the secret shared with it; without it nothing is debited.
DEDUCTION_CHANNEL_URL = os.environ.get("JIETONG_CHANNEL_URL", "")
DEDUCTION_CHANNEL_SECRET = os.environ.get("JIETONG_CHANNEL_SECRET", "")
#: A policy of the site's own (hours, attempts, what stops a debit); empty: deduction/policy.toml.
DEDUCTION_POLICY = os.environ.get("JIETONG_DEDUCTION_POLICY", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "jietong.kernel",
    "jietong.ui",
    "jietong.staff",
    "jietong.borrowers",
    "jietong.loans",
    "jietong.contacts",
    "jietong.deduction",
    "jietong.bureau",
    "jietong.origination",
    "jietong.approvals",
    "jietong.connectors",
    "jietong.recovery",
    "jietong.routing",
    "jietong.workorders",
    "jietong.assistant",
    "jietong.analytics",
    "jietong.dayend",
    "jietong.simulator",
    "jietong.portal",
    "jietong.desk",
    "jietong.console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jietong.ui.middleware.ContentSecurityPolicy",
    "jietong.kernel.permissions.RefuseUndeclaredViews",
]

ROOT_URLCONF = "jietong.config.urls"
ASGI_APPLICATION = "jietong.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jietong.ui.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]

#: address that a part of the staff's pages begins with → its pages: url name, label, permission
STAFF_SECTIONS = (
    (
        "/console/",
        (
            ("console:home", _("账本与触达"), "console.see"),
            ("night:page", _("日终"), "console.see"),
            ("console:links", _("核心连接"), "console.see"),
            ("console:suspense", _("挂账认领"), "money.see"),
            ("console:debits", _("代扣"), "console.see"),
            ("console:credit", _("征信报送"), "console.see"),
            ("console:classes", _("五级分类"), "console.see"),
            ("approvals:page", _("复核"), "console.see"),
            ("parties:page", _("债权变更"), "console.see"),
            ("console:products", _("产品"), "console.see"),
            ("console:limits", _("额度"), "console.see"),
            ("console:applications", _("借款申请"), "console.see"),
            ("console:opening", _("开门时间"), "console.see"),
            ("console:rules", _("联系规则"), "console.see"),
        ),
    ),
)

#: url name → what counts the things that wait for this user there, shown beside its link
STAFF_COUNTS = {"approvals:page": "jietong.approvals.queries.count_for"}

DATABASES: dict[str, dict[str, Any]] = {
    # web, worker and tests: may read and write rows, may not change tables, may not touch what is append-only
    "default": connection_settings("app", DATA_DIR, pool=True),
    # migrations only
    "owner": connection_settings("owner", DATA_DIR, pool=False),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "staff.Member"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/staff/login/"
LOGIN_REDIRECT_URL = "/staff/"
LOGOUT_REDIRECT_URL = "/staff/login/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = LENDER_TIME_ZONE

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = False
SERVESTATIC_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("JIETONG_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("JIETONG_SMTP_PORT", "2525"))
EMAIL_HOST_USER = os.environ.get("JIETONG_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("JIETONG_SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("JIETONG_SMTP_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("JIETONG_MAIL_FROM", "service@qinghe.example")

#: The table "when this happens, call that"; the kernel delivers by it and knows no room's name.
JIETONG_WIRING = "jietong.config.wiring.WIRING"
#: Called about once a second by the worker; each can be run twice and by two workers at once.
JIETONG_TICKS = [
    *(["jietong.simulator.core_demo.tick"] if DEMO else []),
    "jietong.routing.commands.tick",
    "jietong.workorders.commands.tick",
    "jietong.contacts.commands.tick",
    "jietong.connectors.commands.tick",
    "jietong.connectors.commands.pull_tick",
    "jietong.deduction.commands.tick",
    "jietong.origination.commands.tick",
]

PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_DATABASE_ALIAS = "default"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("JIETONG_LOG", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
