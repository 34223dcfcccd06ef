"""PostgreSQL's settings for a machine of two cores that it shares with the whole house."""

import shutil
from pathlib import Path

CONF_NAME = "house.conf"
# A container often gets 64 MB of shared memory, too little for a parallel hash join.
SHARED_MEMORY_ENOUGH = 256 * 1024 * 1024

COMMON = """\
# Written anew at every start. Your own settings: ALTER SYSTEM.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
wal_compression = on
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
max_parallel_workers_per_gather = 1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_line_prefix = '%m [%p] %q%u@%d '
"""
# Every acknowledged commit is on the disk: money is never traded for speed.
DURABLE = "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"
# A cluster of tests is thrown away after a crash.
FLEETING = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def house_conf(*, socket_folder: Path, durable: bool) -> str:
    """The text of the settings file that the cluster includes."""
    folder = str(socket_folder).replace("'", "''").replace('"', '""')
    memory = "posix" if _shared_memory_is_enough() else "mmap"
    return (
        COMMON
        + (DURABLE if durable else FLEETING)
        + f"dynamic_shared_memory_type = {memory}\n"
        + f"unix_socket_directories = '\"{folder}\"'\n"
    )


def _shared_memory_is_enough() -> bool:
    try:
        return shutil.disk_usage("/dev/shm").free >= SHARED_MEMORY_ENOUGH  # noqa: S108
    except OSError:
        return True
