//! What the program waits for: timers, which it keeps itself, and requests.
use std::{
    cell::RefCell,
    sync::mpsc::{channel, Receiver, Sender},
    time::Duration,
};

use llrt_core::{function::Func, Ctx, Function, Object, Persistent, Result};

use crate::{
    connection::{self, Answer, Failure, Place, Request},
    files,
};

/// The outcome of a request, by the number of its connection.
type Event = (usize, connection::Outcome);

struct Connections {
    /// By number; each makes one request.
    opened: Vec<Option<Sender<Request>>>,
    /// Who gets the outcome.
    waiting: Vec<(usize, Persistent<Function<'static>>)>,
    sender: Sender<Event>,
    events: Receiver<Event>,
}

thread_local! {
    static CONNECTIONS: RefCell<Connections> = RefCell::new({
        let (sender, events) = channel();
        Connections { opened: Vec::new(), waiting: Vec::new(), sender, events }
    });
}

pub fn define(host: &Object<'_>) -> Result<()> {
    host.set("connect", Func::from(open_connection))?;
    host.set("request", Func::from(send_request))
}

/// Waits for timers and requests until there are none.
pub fn run(ctx: &Ctx<'_>) -> Result<()> {
    let host: Object = ctx.globals().get("__host")?;
    loop {
        while ctx.execute_pending_job() {}
        // Runs one timer that is due, and then returns 0.
        let wait: Option<f64> = host.get::<_, Function>("turn")?.call(())?;
        match wait.map(|ms| Duration::from_secs_f64(ms / 1000.0)) {
            Some(Duration::ZERO) => continue,
            limit if !receive(ctx, limit)? => return host.get::<_, Function>("atEnd")?.call(()),
            _ => {}
        }
    }
}

/// Waits for the outcome of a request, at most for a time. Returns false if there is nothing to wait for.
fn receive(ctx: &Ctx<'_>, limit: Option<Duration>) -> Result<bool> {
    let event = CONNECTIONS.with_borrow(|connections| match limit {
        None if connections.waiting.is_empty() => None,
        None => Some(connections.events.recv().ok()),
        Some(limit) => Some(connections.events.recv_timeout(limit).ok()),
    });
    let Some(received) = event else { return Ok(false) };
    if let Some((number, outcome)) = received {
        finish(ctx, number, outcome)?;
    }
    Ok(true)
}

/// Starts to connect. Returns the number of the connection, or a negative error.
fn open_connection(host: String, port: u16, secure: bool, roots: Option<String>) -> i32 {
    CONNECTIONS.with_borrow_mut(|connections| {
        let number = connections.opened.len();
        let place = Place {
            host,
            port,
            secure,
            roots,
        };
        match connection::open(number, place, connections.sender.clone()) {
            Ok(requests) => {
                connections.opened.push(Some(requests));
                number as i32
            }
            Err(error) => -error.raw_os_error().unwrap_or(libc::EIO),
        }
    })
}

/// Sends a request once connected. `done` gets a failure, or undefined and the answer.
fn send_request<'js>(ctx: Ctx<'js>, number: usize, text: String, max_body_bytes: usize, done: Function<'js>) {
    let request = Request {
        bytes: text.into_bytes(),
        max_body_bytes,
    };
    CONNECTIONS.with_borrow_mut(|connections| {
        let opened = connections.opened.get_mut(number).and_then(Option::take);
        connections.waiting.push((number, Persistent::save(&ctx, done)));
        if opened.is_none_or(|requests| requests.send(request).is_err()) {
            let closed = Failure::Dropped("the connection is closed".into());
            let _ = connections.sender.send((number, Err(closed)));
        }
    });
}

fn finish(ctx: &Ctx<'_>, number: usize, outcome: connection::Outcome) -> Result<()> {
    let found = CONNECTIONS.with_borrow_mut(|connections| {
        let at = connections.waiting.iter().position(|(waiting, _)| *waiting == number)?;
        Some(connections.waiting.swap_remove(at).1)
    });
    let Some(done) = found else { return Ok(()) };
    let done = done.restore(ctx)?;
    let failed = |kind: &str, text: &str, code: Option<i32>| {
        let failure = Object::new(ctx.clone())?;
        failure.set("kind", kind)?;
        failure.set("text", text)?;
        failure.set("code", code.and_then(files::error_name))?;
        done.call::<_, ()>((failure,))
    };
    match outcome {
        Ok(Answer { status, headers, body }) => {
            let named = Object::new(ctx.clone())?;
            for (name, value) in headers {
                named.set(name, value)?;
            }
            done.call(((), status, named, body))
        }
        Err(Failure::Connecting(error)) => failed("connecting", &error.to_string(), error.raw_os_error()),
        Err(Failure::Dropped(text)) => failed("dropped", &text, None),
        Err(Failure::TooLong) => failed("long", "", None),
    }
}
