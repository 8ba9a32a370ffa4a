"""The whole product on one machine: `make demo`, `make demo-reset`.

One process watches over six parts: the database (embedded unless DATABASE_URL names one), the sandbox, the web, the stream, the worker and
the listener for mail that comes in. The database belongs to this process; the others are honcho's. Everything is kept below TCLOUD_VAR (./var). var/demo.json exists while the
demo runs and tells its addresses and process ids; var/demo.lock, held open, says that it is not a left-over.

    demo.py           run until Ctrl-C
    demo.py prepare   bring the database up to date (in a process of its own, so that this one holds no connections)
    demo.py web       wait for the sandbox, then become the web server
    demo.py stream    wait for the sandbox, then become the stream of text support
    demo.py announce  wait until all is up, then say where everything is
    demo.py reset     throw the data away; refused while a demo runs
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from scripts import demo_ports  # noqa: E402

VAR = Path(os.environ.get("TCLOUD_VAR", ROOT / "var")).resolve()
RUN_FILE = VAR / "demo.json"
READY_FILE = VAR / "sandbox/ready.json"
SEED_FILE = VAR / "demo-seed.json"
WEB, STREAM, SANDBOX, MAIL, MAIL_IN, CARD_AGENT = 8000, 8001, 8100, 8125, 8126, 61161
URL = f"http://127.0.0.1:{WEB}"
WAIT_SECONDS = 90.0


class Stop(SystemExit):
    """End with a sentence that says what to do."""

    def __init__(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        super().__init__(1)


def take_lock() -> IO[str]:
    """Hold var/demo.lock while this process lives. Clears away what a killed demo left running; Stop when one really runs."""
    VAR.mkdir(parents=True, exist_ok=True)
    lock = (VAR / "demo.lock").open("a+", encoding="utf-8")
    last = _read(RUN_FILE)
    if not _locks(lock):
        if not demo_ports.is_alive(last.get("pid"), "demo.py"):
            _clear_away(last)
        if demo_ports.is_alive(last.get("pid"), "demo.py") or not _until(lambda: _locks(lock), 8):
            lock.close()
            raise Stop(
                f"示範站已在執行：{URL}/（程序 {last.get('pid', '?')}）。請在它的視窗按 Ctrl-C 結束，再試一次。\n"
                f"A demo is already running (process {last.get('pid', '?')}); stop it with Ctrl-C there first."
            )
    _clear_away(last)
    RUN_FILE.unlink(missing_ok=True)
    return lock


def _locks(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear_away(run: dict[str, Any]) -> None:
    """End the parts of a demo that was killed: only processes that carry its mark in their environment."""
    left = demo_ports.marked(f"TCLOUD_DEMO_RUN={run['mark']}") if "mark" in run else []
    if not left:
        return
    print(
        f"清理上次未正常結束的示範站（程序 {'、'.join(map(str, left))}）… cleaning up after an earlier run",
        flush=True,
    )
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
        for pid in left:
            demo_ports.send(pid, number)
        if _until(lambda: not any(demo_ports.is_alive(pid) for pid in left), patience):
            return


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write(file: Path, content: dict[str, Any]) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(file)


def _until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def check_ports() -> None:
    """Stop with who holds a port and what to do, when one of them is taken."""
    wanted = {
        WEB: "網站 web",
        STREAM: "即時訊息 stream",
        SANDBOX: "沙盒 sandbox",
        MAIL: "信箱 mailbox",
        MAIL_IN: "收信 mail in",
        CARD_AGENT: "讀卡元件 card component",
    }
    busy = {port: part for port, part in wanted.items() if demo_ports.is_busy(port)}
    if not busy:
        return
    lines = []
    for port, part in busy.items():
        pid, command = demo_ports.holder(port)
        who = f"程序 {pid}（{command}），可用 kill {pid} 結束它" if pid else "另一個程式"
        lines.append(f"  連接埠 {port}（{part}）被占用：{who}。")
    raise Stop(
        "無法啟動示範站，需要的連接埠已被占用。請先關閉占用的程式，再執行 make demo。\n"
        "Ports needed by the demo are taken; close the programs that hold them and try again.\n"
        + "\n".join(lines)
    )


def environment(database_url: str, mark: str) -> dict[str, str]:
    """What every part is told: the state directory, the database, and settings for a demo."""
    return {
        "TCLOUD_DEBUG": "1",
        "TCLOUD_SITE_URL": URL,
        "TCLOUD_STREAM_URL": f"http://127.0.0.1:{STREAM}",
        "TCLOUD_REHEARSAL_CLOCK": "1",
        "TCLOUD_MAIL_IN_PORT": str(MAIL_IN),
        "TCLOUD_REHEARSAL_FOLLOWERS": f"http://127.0.0.1:{SANDBOX}/control/clock",
        **os.environ,
        "TCLOUD_VAR": str(VAR),
        "DATABASE_URL": database_url,
        "TCLOUD_DEMO_RUN": mark,
        "PYTHONUNBUFFERED": "1",
    }


def start_database() -> tuple[str, Callable[[], None]]:
    """The database's address for the other parts, and what stops it: only this process holds the embedded server."""
    if url := os.environ.get("DATABASE_URL"):
        return url, lambda: None
    print("啟動資料庫… starting the database", flush=True)
    # platformdirs warns where no session manager set XDG_RUNTIME_DIR, as on a bare server
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from config.embedded.base import server

    running = server(str(VAR / "postgres"))
    handles = running.pgdata / ".handle_pids.json"

    def stop() -> None:
        holders = [pid for pid in json.loads(handles.read_text()) if demo_ports.is_alive(pid)]
        handles.write_text(json.dumps(holders))  # killed processes never gave theirs back
        running.cleanup()

    info = running.get_postmaster_info()
    return f"postgresql://postgres@:{info.port}/tcloud?host={quote(str(info.socket_dir), safe='/')}", stop


def run() -> int:
    """Start everything, watch over it, stop everything. Returns the exit status: 0 after Ctrl-C."""
    from honcho.manager import Manager

    began = time.monotonic()
    lock = take_lock()
    check_ports()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    READY_FILE.unlink(missing_ok=True)
    stop_database: Callable[[], None] = lambda: None  # noqa: E731
    announcer = None
    try:
        url, stop_database = start_database()
        mark = f"{os.getpid()}-{time.time_ns()}"
        env = environment(url, mark)
        _write(RUN_FILE, {"pid": os.getpid(), "mark": mark, "ready": False})
        this = [sys.executable, str(Path(__file__).resolve())]
        subprocess.run([*this, "prepare"], check=True, env=env, cwd=ROOT)
        manager = Manager()
        for name, command in parts(this).items():
            manager.add_process(name, "exec " + shlex.join(command), env=env, cwd=str(ROOT))
        announcer = subprocess.Popen(
            [*this, "announce", str(began)], env=env, cwd=ROOT, start_new_session=True
        )
        signal.signal(
            signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM)
        )  # the terminal was closed
        manager.loop()
        stopped_by_hand = manager.returncode in (130, 143)
        if not stopped_by_hand:
            print(
                "有一個部分自己停止了，示範站已結束；原因請看上面的訊息。 A part ended by itself; see above.",
                file=sys.stderr,
            )
        return 0 if stopped_by_hand else 1
    except KeyboardInterrupt:
        return 0
    except subprocess.CalledProcessError:
        raise Stop("資料庫準備失敗，原因請看上面的訊息。 Preparing the database failed; see above.") from None
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if announcer and announcer.poll() is None:
            announcer.kill()
        stop_database()
        RUN_FILE.unlink(missing_ok=True)
        lock.close()
        print("示範站已停止，資料保留在 var/。 Stopped; your data is kept.", flush=True)


def parts(this: list[str]) -> dict[str, list[str]]:
    """The command of each part that honcho watches over. The sandbox begins at the time that a rehearsal left the site at."""
    return {
        "sandbox": [sys.executable, "-m", "sandbox", "--var", str(VAR), "--port", str(SANDBOX),
                    "--agent-port", str(CARD_AGENT), "--smtp-port", str(MAIL), "--platform-mail-port", str(MAIL_IN),
                    "--clock-offset", str(_read(SEED_FILE).get("clock_offset_seconds", 0))],
        "web": [*this, "web"],
        "stream": [*this, "stream"],
        "mail": [sys.executable, "manage.py", "receive_mail"],
        "worker": [sys.executable, "manage.py", "procrastinate", "worker", "--concurrency", "4",
                   "--shutdown-graceful-timeout", "3"],
    }  # fmt: skip


def prepare() -> int:
    """Migrate, make the cache table, seed, gather static files where their names carry a hash.

    What the other parts need to know is kept: the accounts for the announcement, the clock's shift for the sandbox.
    """
    import io

    import django
    from django.conf import settings
    from django.core.management import call_command

    from tcloud.core import clock

    print("準備資料庫與示範資料… preparing the database and the demo data", flush=True)
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    answer = io.StringIO()
    call_command("seed", stdout=answer)
    offset = {"clock_offset_seconds": clock.shift().total_seconds()}
    _write(SEED_FILE, json.loads(answer.getvalue()) | offset)
    if settings.HASHED_STATIC:
        call_command("collectstatic", verbosity=0, interactive=False)
    return 0


def web() -> int:
    """Become the web server, once the sandbox has written the trust folder that the settings point to."""
    if not _until(READY_FILE.exists, WAIT_SECONDS):
        raise Stop("沙盒沒有啟動，網站無法開始。 The sandbox did not start.")
    os.execv(  # noqa: S606
        sys.executable,
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(WEB),
         "--workers", "2", "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers",
         "--respawn-interval", "1", "--workers-kill-timeout", "3",
         "--log-level", "warning", "config.wsgi:application"],
    )  # fmt: skip


def stream() -> int:
    """Become the stream of text support (docs/decisions/0018), under the same settings as the web."""
    if not _until(READY_FILE.exists, WAIT_SECONDS):
        raise Stop("沙盒沒有啟動，即時訊息無法開始。 The sandbox did not start.")
    os.execv(  # noqa: S606
        sys.executable,
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(STREAM),
         "--workers", "1", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "1",
         "--log-level", "warning", "config.asgi_stream:application"],
    )  # fmt: skip


def announce(began: float) -> int:
    """Wait until the site answers, then print where everything is, and mark the run file as ready."""
    watched = os.getppid()
    _until(lambda: os.getppid() != watched or (READY_FILE.exists() and _answers()), WAIT_SECONDS)
    world = _read(READY_FILE)
    if os.getppid() != watched or not world or not _answers():
        return 1
    seed = _read(SEED_FILE)
    _write(RUN_FILE, _read(RUN_FILE) | {
        "ready": True, "url": URL, "sandbox_url": world["base_url"], "mail_url": world["mail_url"],
        "agent_url": world["agent_url"], "var": str(VAR), "database_url": os.environ["DATABASE_URL"],
        "password": seed.get("password"), "accounts": seed.get("accounts", []),
    })  # fmt: skip
    from scripts.demo_welcome import welcome

    print(welcome(URL, world, seed, seconds=time.monotonic() - began), flush=True)
    return 0


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{URL}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def reset() -> int:
    """Empty the demo: the embedded database and the sandbox. A database of your own (DATABASE_URL) is not touched."""
    lock = take_lock()
    if (VAR / "postgres").exists():
        _stop_left_over_database()
    for name in (
        "postgres",
        "sandbox",
        "static",
        "demo-seed.json",
        "journey-contract.pdf",
        "journey-demo.log",
    ):
        path = VAR / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    lock.close()
    print("示範資料已清空，下次 make demo 會重新建立。 The demo is empty; the next make demo builds it anew.")
    if os.environ.get("DATABASE_URL"):
        print(
            "DATABASE_URL 指定的資料庫不屬於示範站，沒有更動。 The database of DATABASE_URL was left alone."
        )
    return 0


def _stop_left_over_database() -> None:
    """Stop the server of a demo that was killed, so that its files can go. Stop when somebody else is using it."""
    pid_file = VAR / "postgres/postmaster.pid"
    if not pid_file.exists():
        return
    handles = _pids(VAR / "postgres/.handle_pids.json")
    users = [pid for pid in handles if demo_ports.is_alive(pid)]
    if users:
        raise Stop(
            f"資料庫仍在使用中（程序 {'、'.join(map(str, users))}）。請先結束它們。 The database is still in use; end these first."
        )
    postmaster = int(pid_file.read_text().splitlines()[0])
    if demo_ports.is_alive(postmaster, "postgres"):
        demo_ports.send(postmaster, signal.SIGINT)  # PostgreSQL's fast shutdown
        if not _until(lambda: not demo_ports.is_alive(postmaster), 15):
            raise Stop(f"資料庫（程序 {postmaster}）沒有停止。 The database did not stop.")


def _pids(file: Path) -> list[int]:
    try:
        return [int(pid) for pid in json.loads(file.read_text())]
    except (OSError, ValueError):
        return []


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            return run()
        case ["prepare"]:
            return prepare()
        case ["web"]:
            return web()
        case ["stream"]:
            return stream()
        case ["announce", began]:
            return announce(float(began))
        case ["reset"]:
            return reset()
    raise Stop(__doc__ or "")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
