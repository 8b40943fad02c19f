# mypy: ignore-errors
# ruff: noqa: ANN201
"""Django REST framework: a model, a serializer and two generic views."""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DB"], "CONN_MAX_AGE": None}},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402


class Commitment(models.Model):
    document = models.TextField()
    ref = models.TextField()
    kind = models.TextField()
    position = models.IntegerField()
    text_zh = models.TextField()
    text_en = models.TextField()
    status = models.TextField()
    version = models.IntegerField()
    updated_at = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "commitment"
        managed = False


class CommitmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Commitment
        fields = "__all__"


class CommitmentList(generics.ListAPIView):
    serializer_class = CommitmentSerializer
    pagination_class = None

    def get_queryset(self):
        asked = self.request.query_params
        found = Commitment.objects.filter(status=asked["status"], kind=asked["kind"], id__gt=int(asked.get("after", 0)))
        return found.order_by("id")[:50]


class CommitmentDetail(generics.RetrieveAPIView):
    serializer_class = CommitmentSerializer
    queryset = Commitment.objects.all()


urlpatterns = [path("commitments", CommitmentList.as_view()), path("commitments/<int:pk>", CommitmentDetail.as_view())]
app = get_wsgi_application()
