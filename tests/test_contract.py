"""Schemathesis against the whole service: whatever is sent, the service answers as its OpenAPI document says."""

import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.service import Service
from tests.test_openapi import NAMES, described, tag_of

load_all_checks()
