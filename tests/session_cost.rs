//! What a session costs is fixed and small, so that thousands of them fit one machine: counted, not believed. Memory is what the
//! client's own threads ask the allocator for; the server lives on threads of its own and is not counted.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod client_support;
mod session_lab;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use client_support::{Fake, Manners, STUCK, Then, binary, prompt};
use seaglass::client::{Auth, ClientConfig, SessionManager, Transport, World};
use seaglass::clock::Clock;
use seaglass::media::{Packet, PacketSink, Pushed};
use seaglass::wire::Envelope;
use session_lab::video;
use tokio::runtime::Runtime;

/// Sessions that are measured.
const SESSIONS: usize = 200;
/// Frames that each has received by then, of the size of a draft tier's.
const FRAMES: u64 = 24;
const FRAME_BYTES: usize = 3700;

static HEAP: AtomicI64 = AtomicI64::new(0);

thread_local! {
    static IS_CLIENT: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: i64) {
    if IS_CLIENT.try_with(Cell::get).unwrap_or(false) {
        HEAP.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call is passed on unchanged to the system's allocator.
#[allow(unsafe_code, reason = "an allocator can be counted no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        unsafe { System.dealloc(memory, layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// The tests of this file count what belongs to the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    wait_until(|| threads_that_delete() == 0, "a thread of the test before stays");
    one
}

/// A runtime of two threads that are counted.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().on_thread_start(|| IS_CLIENT.set(true)).build().unwrap()
}

struct Tally(Arc<AtomicUsize>);

impl PacketSink for Tally {
    fn push(&mut self, _: Packet) -> Pushed {
        self.0.fetch_add(1, Ordering::Relaxed);
        Pushed::Accepted
    }
}

fn manager(fake: &Fake, delete_timeout: Duration) -> SessionManager {
    let mut config = ClientConfig::new(fake.url(), Auth::none(), Clock::start());
    config.transport = Transport::WebSocket;
    config.delete_timeout = delete_timeout;
    SessionManager::new(config).unwrap()
}

/// Opens sessions, some at once, and waits until each has all of its packets.
async fn open(manager: SessionManager, sessions: usize, packets: u64) -> Vec<World> {
    let tally = Arc::new(AtomicUsize::new(0));
    let mut worlds = Vec::with_capacity(sessions);
    while worlds.len() < sessions {
        let some = (0..20).map(|_| manager.create(prompt(), Box::new(Tally(Arc::clone(&tally)))));
        for world in futures_util::future::join_all(some).await {
            worlds.push(world.unwrap());
        }
    }
    let all = sessions * packets as usize;
    let wait = async {
        while tally.load(Ordering::Relaxed) < all {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(STUCK, wait).await.unwrap();
    worlds
}

fn frames() -> Manners {
    let frame = |n| {
        let envelope = video(n, n == 0);
        Envelope { unit_bytes: FRAME_BYTES as u32, payload: vec![0; FRAME_BYTES].into(), ..envelope }
    };
    Manners::saying((0..FRAMES).map(|n| binary(&frame(n))), Then::Listen)
}

fn heap() -> i64 {
    HEAP.load(Ordering::Relaxed)
}

fn threads() -> Vec<String> {
    let name = |task: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(task.unwrap().path().join("comm")).ok();
    std::fs::read_dir("/proc/self/task").unwrap().filter_map(name).map(|name| name.trim().to_owned()).collect()
}

fn threads_that_delete() -> usize {
    threads().iter().filter(|name| *name == "seaglass-delete").count()
}

/// Waits for something that happens on other threads.
fn wait_until(fits: impl Fn() -> bool, otherwise: &str) {
    let clock = Clock::start();
    while !fits() {
        assert!(clock.now().as_nanos() < STUCK.as_nanos() as u64, "{otherwise}");
        std::thread::yield_now();
    }
}

/// Heap, tasks and threads of a session beyond the first few, when all that this server says has come.
fn cost(manners: Manners, packets: u64) -> (i64, f64) {
    let fake = Fake::start(manners);
    let runtime = runtime();
    let manager = manager(&fake, Duration::from_secs(5));
    // What all sessions share comes with the first ones.
    let few = runtime.block_on(async { tokio::spawn(open(manager.clone(), 20, packets)).await.unwrap() });
    let (heap_before, threads_before, tasks_before) = (heap(), threads(), runtime.metrics().num_alive_tasks());
    let worlds = runtime.block_on(async { tokio::spawn(open(manager.clone(), SESSIONS, packets)).await.unwrap() });
    let each = (heap() - heap_before) / SESSIONS as i64;
    let tasks = (runtime.metrics().num_alive_tasks() - tasks_before) as f64 / SESSIONS as f64;
    assert_eq!(threads().len(), threads_before.len(), "{:?}", threads());
    drop((few, worlds));
    assert!(runtime.block_on(manager.settled()));
    println!("{each} bytes of heap and {tasks} tasks for each of {SESSIONS} sessions");
    (each, tasks)
}

/// Thousands of sessions fit one machine at a fixed cost each, so that a load generator does not measure itself. The server's messages
/// come all at once here, as after a network that stood still: buffers are as large as they get.
#[test]
fn a_session_holds_some_kibibytes_and_one_task_and_no_thread() {
    let _alone = alone();
    let (idle, tasks) = cost(Manners::default(), 0);
    assert!(idle > 1024, "{idle} bytes each: the counter does not count");
    assert!(idle < 24 * 1024, "{idle} bytes each, idle");
    // Idle connections of exchanges have a task each, and are bounded.
    assert!(tasks < 1.1, "{tasks} tasks each");
    let (streaming, tasks) = cost(frames(), FRAMES);
    assert!(streaming < 48 * 1024, "{streaming} bytes each, streaming");
    assert!(tasks < 1.1, "{tasks} tasks each");
}

/// HO-5, HO-20: every world has its DELETE in its own time, whatever becomes of the others, and without a thread for each.
#[test]
fn worlds_that_end_at_once_are_deleted_side_by_side_on_one_thread() {
    let _alone = alone();
    // No DELETE is ever answered, so that all of them are under way together.
    let fake = Fake::start(Manners { delete: String::new(), ..frames() });
    let runtime = runtime();
    let manager = manager(&fake, Duration::from_secs(5));
    let worlds = runtime.block_on(async { tokio::spawn(open(manager.clone(), SESSIONS, FRAMES)).await.unwrap() });
    drop(worlds);
    // The last manager would wait for the answers that never come.
    std::mem::forget(manager);
    wait_until(|| fake.deletes() >= SESSIONS, "not every DELETE was sent");
    assert_eq!(threads_that_delete(), 1, "{:?}", threads());
}

#[test]
fn the_thread_that_deletes_goes_and_another_comes_for_worlds_that_end_later() {
    let _alone = alone();
    let fake = Fake::start(Manners::default());
    let runtime = runtime();
    let manager = manager(&fake, Duration::from_secs(5));
    for round in 1..=2 {
        let worlds = runtime.block_on(async { tokio::spawn(open(manager.clone(), 20, 0)).await.unwrap() });
        drop(worlds);
        assert!(runtime.block_on(manager.settled()));
        assert_eq!(fake.deletes(), 20 * round);
        wait_until(|| threads_that_delete() == 0, "it stays");
    }
}
