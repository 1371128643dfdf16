# Writes random tar archives with Python's tarfile and GNU tar, damages some, and prints a line of JSON for each with what
# Python's tarfile and GNU tar read from it. Arguments: folder, number of archives, seed.
import gzip, hashlib, io, json, os, random, shutil, subprocess, sys, tarfile

folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
has_gnu_tar = "GNU" in subprocess.run(["tar", "--version"], capture_output=True, text=True).stdout if shutil.which("tar") else False
words = ["a.csv", "b.csv", "deep/c.csv", "./d.csv", "é/ü.csv", "x" * 99, "y" * 100, "z" * 101, "p/" * 60 + "q.csv",
         "n" * 300 + ".csv", "日本/語.csv", "space here.csv", "./", "../up.csv", "/root.csv", "a.csv"]
sizes = [0, 1, 5, 511, 512, 513, 1024, 1500, 10_000, 40_000]
kinds = [tarfile.REGTYPE] * 8 + [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.CONTTYPE, tarfile.AREGTYPE]


def make_data():
    size = chance.choice(sizes)
    return chance.randbytes(size) if chance.random() < 0.3 else (b"id,name\n" + b"1,x\n" * (size // 4 + 1))[:size]


def write_by_python():
    target = io.BytesIO()
    form = chance.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    extra = {"pax_headers": {"comment": "every entry"}} if form == tarfile.PAX_FORMAT and chance.random() < 0.3 else {}
    with tarfile.open(fileobj=target, mode="w", format=form, **extra) as archive:
        for _ in range(chance.randrange(1, 6)):
            entry = tarfile.TarInfo(chance.choice(words))
            entry.type = chance.choice(kinds)
            if entry.isreg() and entry.name.endswith("/"):
                entry.name += "f.csv"
            entry.mtime = chance.choice([0, 1_700_000_000, 1_700_000_000.5])
            entry.uid = chance.choice([0, 1000, 3_000_000])
            entry.linkname = chance.choice(words) if entry.type in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            data = make_data() if entry.isreg() else b""
            entry.size = len(data)
            if form == tarfile.PAX_FORMAT and chance.random() < 0.3:
                entry.pax_headers = {chance.choice(["comment", "LIBARCHIVE.creationtime", "SCHILY.xattr.user"]): "1é"}
            try:
                archive.addfile(entry, io.BytesIO(data))
            except ValueError:
                pass  # A name that USTAR cannot hold.
    return target.getvalue()


def write_by_gnu_tar():
    place = os.path.join(folder, "in")
    shutil.rmtree(place, ignore_errors=True)
    for _ in range(chance.randrange(1, 5)):
        name = os.path.join(place, chance.choice(words).lstrip("/").replace("..", "up")[:200].rstrip("/") or "w")
        try:
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "wb") as file:
                if chance.random() < 0.1:
                    file.seek(100_000)
                file.write(make_data())
            if chance.random() < 0.2:
                os.symlink("a.csv", name + ".link")
            if chance.random() < 0.2:
                os.link(name, name + ".hard")
        except OSError:
            pass
    os.makedirs(place, exist_ok=True)
    form = chance.choice(["v7", "ustar", "gnu", "oldgnu", "posix"])
    flags = chance.choice([[], [], ["--sparse"], ["--hard-dereference"], ["--label=volume"]]) if form != "v7" else []
    return subprocess.run(["tar", "--format", form, *flags, "-C", place, "-cf", "-", "."], capture_output=True).stdout


def damage(data):
    way = chance.randrange(12)
    if way == 0:
        return data[: chance.randrange(len(data))]
    if way == 1:
        return data[: 512 * chance.randrange(len(data) // 512 + 1)]
    if way == 2:
        return data.rstrip(b"\0") + b"\0" * chance.choice([0, 100, 512, 700, 1024])
    if way == 3:
        return data + chance.choice([b"rubbish", data, b"\0" * 512 + data, b"x" * 1000])
    if way in (4, 5, 6):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            # Headers are where damage is interesting.
            at = 512 * chance.randrange(len(data) // 512) + chance.randrange(512) if chance.random() < 0.5 else chance.randrange(min(len(data), 3000))
            changed[at] = chance.randrange(256)
        return bytes(changed)
    if way in (7, 8):
        changed = bytearray(data)
        start = 512 * chance.randrange(len(data) // 512)
        field, length = chance.choice([(124, 12), (156, 1), (0, 100), (257, 8), (345, 100), (157, 20), (482, 30)])
        for at in range(start + field, start + field + min(length, chance.randrange(1, 5))):
            changed[at] = chance.choice([0, 0x20, 0x30, 0x31, 0x37, 0x80, 0xFF, chance.randrange(256)])
        block = changed[start : start + 512]
        block[148:156] = b" " * 8
        changed[start + 148 : start + 156] = b"%06o\0 " % sum(block)
        return bytes(changed)
    return data


def plain_name(name):
    raw = name.encode("utf-8", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    while text.startswith("./") and text.lstrip("./") != "":
        text = text[2:].lstrip("/") or text
    return text


def read_by_python(data):
    members = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
            for entry in archive:
                sparse = entry.issparse()
                if sparse or not (entry.isreg() or entry.type not in tarfile.SUPPORTED_TYPES):
                    continue
                if entry.type in (b"V", b"D"):
                    continue
                members.append([plain_name(entry.name), hashlib.sha256(archive.extractfile(entry).read()).hexdigest()])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return members


def read_by_gnu_tar(path):
    if not has_gnu_tar:
        return None
    done = subprocess.run(["tar", "-xPOf", path], capture_output=True)
    return {"status": done.returncode, "digest": hashlib.sha256(done.stdout).hexdigest(), "words": done.stderr.decode(errors="replace")[:200]}


for number in range(count):
    original = write_by_gnu_tar() if has_gnu_tar and chance.random() < 0.15 else write_by_python()
    if len(original) < 1024:
        original = write_by_python()
    data = damage(original)
    if chance.random() < 0.25:
        data = gzip.compress(data, 1)
        if chance.random() < 0.2 and len(data) > 20:
            data = data[: chance.randrange(20, len(data))]
    path = os.path.join(folder, str(number))
    with open(path, "wb") as file:
        file.write(data)
    print(json.dumps({"file": path, "whole": data == original, "python": read_by_python(data), "gnu": read_by_gnu_tar(path)}))
