"""Dumps all keys of a Redis, puts them back, or says whether a dump is whole; with nothing except Python.

The first argument is dump, restore or verify. REDIS_URL_FILE names the file with the server's address. A dump is, for each
key, the lengths of its name and its value and its time to live in milliseconds, then both; an empty name ends it.
"""

import os
import socket
import struct
import sys
from urllib.parse import unquote, urlsplit

HEAD = struct.Struct(">IIQ")


class Redis:
    def __init__(self, url):
        at = urlsplit(url)
        self.stream = socket.create_connection((at.hostname, at.port), 30).makefile("rwb")
        self.ask("AUTH", unquote(at.password))

    def ask(self, *words):
        raw = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.stream.write(b"*%d\r\n" % len(raw))
        for word in raw:
            self.stream.write(b"$%d\r\n%b\r\n" % (len(word), word))
        self.stream.flush()
        return self.answer()

    def answer(self):
        line = self.stream.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise SystemExit(rest.decode())
        if kind == b"$":
            value = self.stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
            return value
        return [self.answer() for _ in range(int(rest))] if kind == b"*" else rest


def entries(stream):
    while True:
        head = stream.read(HEAD.size)
        if len(head) < HEAD.size:
            raise SystemExit("the dump was cut short")
        name_length, value_length, lives = HEAD.unpack(head)
        name, value = stream.read(name_length), stream.read(value_length)
        if len(value) < value_length:
            raise SystemExit("the dump was cut short")
        if not name:
            return
        yield name, lives, value


def dump(redis, out):
    for name in redis.ask("KEYS", "*"):
        value, lives = redis.ask("DUMP", name), int(redis.ask("PTTL", name))
        if value is not None:
            out.write(HEAD.pack(len(name), len(value), max(lives, 0)) + name + value)
    out.write(HEAD.pack(0, 0, 0))


def restore(redis, content):
    redis.ask("FLUSHDB")
    for name, lives, value in entries(content):
        redis.ask("RESTORE", name, lives, value)


def connect():
    with open(os.environ["REDIS_URL_FILE"]) as file:
        return Redis(file.read().strip())


if sys.argv[1] == "dump":
    dump(connect(), sys.stdout.buffer)
elif sys.argv[1] == "restore":
    restore(connect(), sys.stdin.buffer)
else:
    sum(1 for _ in entries(sys.stdin.buffer))
