import os
import subprocess


def run(name):
    # ruleid: shell-of-python
    subprocess.run(f"docker rm {name}", shell=True, check=True)
    # ruleid: shell-of-python
    os.system("docker rm " + name)
    # ok: shell-of-python
    subprocess.run(["docker", "rm", name], check=True)
