"""All the pages."""

from django.urls import path
from pages import views

urlpatterns = [
    path("", views.index),
    path("health", views.health),
    path("slow", views.slow),
]
