# Types lines into an interactive shell on a terminal of its own, with a Tab behind each, and prints as JSON what the
# line became and what was listed. usage: type-and-tab.py SHELL SETUP < JSON-array-of-lines
import json, os, pty, re, select, struct, fcntl, sys, termios

shell, setup = sys.argv[1:3]
lines = json.load(sys.stdin)
command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 300, 0, 0))


def read_until(pattern):
    seen = ""
    while True:
        match = re.search(pattern, seen, re.S)
        if match:
            return match
        ready, _, _ = select.select([terminal], [], [], 20)
        if not ready:
            sys.exit(f"nothing like {pattern} came: {seen!r}")
        seen += os.read(terminal, 65536).decode("utf-8", "replace")


os.write(terminal, f". '{setup}'; printf 'rea%s\\n' dy\n".encode())
read_until(r"ready\r\n")
results = []
for line in lines:
    # Ctrl-G is bound to print the line between marks and to empty it.
    os.write(terminal, line.encode() + b"\t\x07")
    match = read_until(r"^(.*?)<<(.*?)>>")
    results.append({"line": match[2], "listed": match[1]})
os.write(terminal, b"\x04exit\n")
json.dump(results, sys.stdout)
os.close(terminal)
os.waitpid(pid, 0)
