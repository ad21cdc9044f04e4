"""Runs the Python of the parameter `script`, in which `traj` is the run: what a test wants done stands in the test.

`args` and `kwargs` are those of the run. What is wanted at a line of a file is a function here.
"""

import array as packed
import asyncio
import json
import logging
import math
import os
import random
import sys
import time

import host_guest
from host_guest import Sparse, Table, array, ndarray, zeros
from nested import helper

NAMES = {
    "Sparse": Sparse,
    "Table": Table,
    "array": array,
    "asyncio": asyncio,
    "helper": helper,
    "host_guest": host_guest,
    "json": json,
    "logging": logging,
    "math": math,
    "ndarray": ndarray,
    "os": os,
    "packed": packed,
    "random": random,
    "sys": sys,
    "time": time,
    "zeros": zeros,
}
AT_BUILD = random.random()


def run(traj, *args, **kwargs):
    exec(traj.script, {**NAMES, **globals(), "traj": traj, "args": args, "kwargs": kwargs})


def outer(x):
    return inner(x)


def inner(x):
    return 1 / x


def wrapped():
    try:
        inner(0)
    except ZeroDivisionError as error:
        raise ValueError("no rate") from error


def endless(depth):
    return endless(depth + 1) + 1
