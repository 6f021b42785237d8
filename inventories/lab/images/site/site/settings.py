"""The settings: what differs from fleet to fleet comes from the container's environment."""

import os

from django.core.management.utils import get_random_secret_key

# Commands such as migrate need none that lasts.
SECRET_KEY = os.environ.get("SECRET_KEY") or get_random_secret_key()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # who may ask is the fleet's network's business
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/site/data/db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = "/srv/site/static"
STATICFILES_DIRS = ["static"]
