"""Makes boto3 sessions for MiniStack, which ignore the AWS settings of this machine."""

import os

import boto3
import botocore.session

# A profile that AWS_PROFILE names and that does not exist would stop boto3, and so would a mistake in ~/.aws/config.
# Each value: its name in a configuration file, its variable, its default, its conversion.
_NOTHING = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


def session_of_emulator(region: str) -> boto3.Session:
    return boto3.Session("test", "test", region_name=region, botocore_session=botocore.session.Session(_NOTHING))
