//! One HTTP/1.1 request over a connection of its own. A thread resolves, connects and shakes hands as soon as the place is
//! known, while the program still signs; it then waits for the request.
use std::{
    collections::BTreeMap,
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc,
    },
    thread,
    time::Duration,
};

use rustls::{
    client::Resumption,
    pki_types::{pem::PemObject, CertificateDer, ServerName},
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
};

const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
/// How long the addresses of the first family are tried alone (RFC 8305).
const OTHER_FAMILY_AFTER: Duration = Duration::from_millis(300);

pub struct Place {
    pub host: String,
    pub port: u16,
    /// Over TLS, trusting these certificates in PEM or, without them, Mozilla's roots.
    pub secure: bool,
    pub roots: Option<String>,
}

pub struct Request {
    /// Head and body as they are sent.
    pub bytes: Vec<u8>,
    pub max_body_bytes: usize,
}

pub struct Answer {
    pub status: u16,
    /// Names in lower case; the values of repeated ones are joined.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

pub enum Failure {
    /// Before anything was sent.
    Connecting(io::Error),
    /// The connection ended too early, or the answer is not HTTP.
    Dropped(String),
    TooLong,
}

pub type Outcome = Result<Answer, Failure>;

/// Starts to connect. The outcome of the request goes to `events`, with the number of the connection.
pub fn open(number: usize, place: Place, events: Sender<(usize, Outcome)>) -> io::Result<Sender<Request>> {
    let (sender, requests) = channel();
    thread::Builder::new().stack_size(256 * 1024).spawn(move || {
        if let Some(outcome) = serve(&place, &requests) {
            let _ = events.send((number, outcome));
        }
    })?;
    Ok(sender)
}

/// Undefined if there was no request.
fn serve(place: &Place, requests: &Receiver<Request>) -> Option<Outcome> {
    let connected = connect(place);
    let request = requests.recv().ok()?;
    Some(
        connected
            .map_err(Failure::Connecting)
            .and_then(|mut stream| exchange(stream.as_mut(), &request)),
    )
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn connect(place: &Place) -> io::Result<Box<dyn Stream>> {
    if !place.secure {
        return Ok(Box::new(dial(place)?));
    }
    let (config, name) = (trust(place)?, ServerName::try_from(place.host.clone()).map_err(other)?);
    let client = ClientConnection::new(Arc::new(config), name).map_err(other)?;
    let mut stream = StreamOwned::new(client, dial(place)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Box::new(stream))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}

/// TLS 1.2 and 1.3.
fn trust(place: &Place) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match &place.roots {
        Some(text) => {
            for root in CertificateDer::pem_slice_iter(text.as_bytes()) {
                roots.add(root.map_err(other)?).map_err(other)?;
            }
        }
        None => roots.roots.extend_from_slice(webpki_roots::TLS_SERVER_ROOTS),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Connects to the first address that answers. If those of the first family take long, it tries the other one too.
fn dial(place: &Place) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = (place.host.as_str(), place.port).to_socket_addrs()?.collect();
    let first_family = addresses.first().map(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| Some(address.is_ipv6()) == first_family);
    let stream = if second.is_empty() {
        try_each(&first)
    } else {
        try_both(first, second)
    }?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn try_each(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn try_both(first: Vec<SocketAddr>, second: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let (sender, results) = channel();
    let try_in_thread = |addresses: Vec<SocketAddr>| {
        let sender = sender.clone();
        thread::spawn(move || {
            let _ = sender.send(try_each(&addresses));
        })
    };
    try_in_thread(first);
    let early = results.recv_timeout(OTHER_FAMILY_AFTER).ok();
    if let Some(Ok(stream)) = early {
        return Ok(stream);
    }
    try_in_thread(second);
    let closed = || io::Error::from(ErrorKind::AddrNotAvailable);
    match (early, results.recv().map_err(|_| closed())?) {
        (None, Err(_)) => results.recv().map_err(|_| closed())?,
        (_, result) => result,
    }
}

fn exchange(stream: &mut dyn Stream, request: &Request) -> Outcome {
    let dropped = |error: io::Error| Failure::Dropped(error.to_string());
    stream.write_all(&request.bytes).map_err(dropped)?;
    stream.flush().map_err(dropped)?;
    let mut reader = Reader {
        stream,
        bytes: Vec::with_capacity(16 * 1024),
    };
    loop {
        let answer = reader.read_head()?;
        // An interim response.
        if (100..200).contains(&answer.status) && answer.status != 101 {
            continue;
        }
        let body = reader.read_body(&answer, request.max_body_bytes)?;
        let body =
            String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        return Ok(Answer { body, ..answer });
    }
}

struct Reader<'a> {
    stream: &'a mut dyn Stream,
    /// Received and not yet used.
    bytes: Vec<u8>,
}

impl Reader<'_> {
    /// Returns false at the end of the connection.
    fn receive(&mut self) -> Result<bool, Failure> {
        let used = self.bytes.len();
        self.bytes.resize(used + 8 * 1024, 0);
        let count = loop {
            match self.stream.read(&mut self.bytes[used..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result.map_err(|error| Failure::Dropped(error.to_string()))?,
            }
        };
        self.bytes.truncate(used + count);
        Ok(count > 0)
    }

    fn require(&mut self) -> Result<(), Failure> {
        match self.receive()? {
            true => Ok(()),
            false => Err(Failure::Dropped("the connection ended early".into())),
        }
    }

    fn read_head(&mut self) -> Result<Answer, Failure> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut response = httparse::Response::new(&mut headers);
            let parsed = response
                .parse(&self.bytes)
                .map_err(|error| Failure::Dropped(format!("not HTTP: {error}")))?;
            if let httparse::Status::Complete(length) = parsed {
                let answer = Answer {
                    status: response.code.unwrap_or_default(),
                    headers: join(response.headers),
                    body: String::new(),
                };
                self.bytes.drain(..length);
                return Ok(answer);
            }
            if self.bytes.len() > MAX_HEAD_BYTES {
                return Err(Failure::TooLong);
            }
            self.require()?;
        }
    }

    /// Framing by RFC 9112 §6.3.
    fn read_body(&mut self, answer: &Answer, max: usize) -> Result<Vec<u8>, Failure> {
        if matches!(answer.status, 101 | 204 | 304) {
            return Ok(Vec::new());
        }
        if let Some(coding) = answer.headers.get("transfer-encoding") {
            return match coding.eq_ignore_ascii_case("chunked") {
                true => self.read_chunks(max),
                false => Err(Failure::Dropped(format!("transfer coding {coding}"))),
            };
        }
        match answer.headers.get("content-length") {
            Some(text) => match text.parse() {
                Ok(length) if length <= max => self.take(length),
                Ok(_) => Err(Failure::TooLong),
                Err(_) => Err(Failure::Dropped("content-length is not a number".into())),
            },
            None => {
                while self.receive()? {
                    if self.bytes.len() > max {
                        return Err(Failure::TooLong);
                    }
                }
                Ok(std::mem::take(&mut self.bytes))
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        while self.bytes.len() < length {
            self.require()?;
        }
        let rest = self.bytes.split_off(length);
        Ok(std::mem::replace(&mut self.bytes, rest))
    }

    /// Trailers are not read: the connection is not used again.
    fn read_chunks(&mut self, max: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            match httparse::parse_chunk_size(&self.bytes).map_err(|_| Failure::Dropped("a chunk is damaged".into()))? {
                httparse::Status::Complete((_, 0)) => return Ok(body),
                httparse::Status::Complete((start, length)) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    if length > max - body.len() {
                        return Err(Failure::TooLong);
                    }
                    self.bytes.drain(..start);
                    body.extend(self.take(length)?);
                    if self.take(2)? != b"\r\n" {
                        return Err(Failure::Dropped("a chunk is damaged".into()));
                    }
                }
                httparse::Status::Partial if self.bytes.len() > MAX_HEAD_BYTES => return Err(Failure::TooLong),
                httparse::Status::Partial => self.require()?,
            }
        }
    }
}

fn join(headers: &[httparse::Header<'_>]) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for header in headers {
        let value = String::from_utf8_lossy(header.value);
        joined
            .entry(header.name.to_ascii_lowercase())
            .and_modify(|earlier| {
                earlier.push_str(", ");
                earlier.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}
