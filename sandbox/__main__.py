"""`python -m sandbox`: run the outside world in small until Ctrl-C."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.world import PortBusy, World


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="外部世界沙盒")
    parser.add_argument(
        "--var",
        type=Path,
        default=Path(os.environ.get("TCLOUD_VAR", "var")),
        help="資料目錄（使用其中的 sandbox/）",
    )
    parser.add_argument("--port", type=int, default=8100, help="網頁與各項服務")
    parser.add_argument("--agent-port", type=int, default=61161, help="讀卡元件")
    parser.add_argument("--smtp-port", type=int, default=8125, help="收信")
    parser.add_argument("--platform-mail-port", type=int, default=8126, help="平臺收信的連接埠，回信寄到那裡")
    parser.add_argument("--clock-offset", type=float, default=0, help="時鐘比實際時間快的秒數")
    options = parser.parse_args()

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until all is up, both interrupt the start
    world = World(
        options.var / "sandbox",
        port=options.port,
        agent_port=options.agent_port,
        smtp_port=options.smtp_port,
        platform_mail_port=options.platform_mail_port,
        clock_offset=options.clock_offset,
    )
    first_time = not (world.directory / "pki").exists()
    stopping = threading.Event()
    try:
        if first_time:
            print("第一次啟動：正在製作示範憑證與卡片，約需十秒。", flush=True)
        world.start()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
    except PortBusy as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        world.stop()
        print("沙盒在啟動途中停止；下次啟動會接著完成。", flush=True)
        return 0
    print(
        f"沙盒已啟動：{world.base_url}/　信箱：{world.base_url}/mail/　讀卡元件：{world.agent_url}/sandbox/",
        flush=True,
    )
    stopping.wait()
    world.stop()
    print("沙盒已停止。", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
