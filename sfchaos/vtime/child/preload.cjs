// What every Node process under `sfchaos run` loads first: the way to the org, the guard against other hosts, and the shared time.
// doors/keeper.py says what is spoken with the keeper of time. Node 18 and later, nothing but Node itself.
"use strict";

const settings = process.env.SFCHAOS_CHILD ? JSON.parse(process.env.SFCHAOS_CHILD) : null;

function begin() {
  try {
    const line = new_line();
    guard(line);
    if (settings.clock) share_time(line);
    else line.unref();
  } catch (error) {
    process.stderr.write(`sfchaos: this Node goes its own way: ${error.stack}\n`);
  }
}

// ---------------------------------------------------------------------------------------------------------------- the line

function new_line() {
  const net = require("node:net");
  const socket = net.connect({ host: "127.0.0.1", port: settings.keeper });
  socket.setNoDelay(true);
  socket.on("error", () => {}); // without the keeper the run is over
  socket.unref();
  const line = {
    socket,
    say: (what) => socket.writable && socket.write(JSON.stringify(what) + "\n"),
    unref: () => socket.unref(),
  };
  line.say({ hello: settings.token, pid: process.pid, kind: `node ${process.versions.node.split(".")[0]}`, clock: settings.clock });
  return line;
}

// --------------------------------------------------------------------------------------------------------------- the guard

const elsewhere = new Map(); // sockets to hosts that know nothing of the shared time: how many bytes they moved, and when it was noticed

function guard(line) {
  const net = require("node:net");
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const normalized = Array.isArray(args[0]) ? args[0] : null;
    const options = normalized ? normalized[0] : options_of(args);
    if (options === null || options.path) return connect.apply(this, args);
    const way = way_of(String(options.host || "localhost").toLowerCase().replace(/\.$/, ""), Number(options.port));
    if (way.refused) {
      line.say({ egress: way.refused, how: "socket" });
      const error = new Error(`sfchaos: ${way.refused} is no Salesforce host and not allowed; add it to \`hosts\` in sfchaos.toml`);
      error.code = "ECONNREFUSED";
      this.connecting = true; // as it would be until the answer comes
      process.nextTick(() => this.destroy(error));
      return this;
    }
    if (way.elsewhere) note_elsewhere(this);
    if (!way.port) return connect.apply(this, args);
    const there = { ...options, host: "127.0.0.1", port: way.port, lookup: undefined, family: 4 };
    if (!normalized) return connect.call(this, there, ...args.filter((arg) => typeof arg === "function").slice(-1));
    const copy = Object.assign([there, normalized[1]], {});
    for (const symbol of Object.getOwnPropertySymbols(normalized)) copy[symbol] = normalized[symbol];
    return connect.call(this, copy, ...args.slice(1));
  };
}

function options_of(args) {
  if (args[0] !== null && typeof args[0] === "object") return args[0];
  const port = Number(args[0]);
  return Number.isInteger(port) ? { port, host: typeof args[1] === "string" ? args[1] : "localhost" } : null;
}

function way_of(host, port) {
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return { elsewhere: port !== settings.door && port !== settings.keeper };
  if (settings.hosts.some((suffix) => host.endsWith(suffix))) return { port: settings.services[`${host}:${port}`] || settings.door };
  const allowed = settings.allow.some((entry) => entry === host || entry === `${host}:${port}` || (entry.startsWith("*.") && host.endsWith(entry.slice(1))));
  return allowed ? { elsewhere: true } : { refused: host };
}

function note_elsewhere(socket) {
  elsewhere.set(socket, { bytes: 0, at: process.hrtime.bigint() });
  socket.once("close", () => elsewhere.delete(socket));
}

// --------------------------------------------------------------------------------------------------------- the shared time

const LOOK_MS = 4;
const ELSEWHERE_NS = 1_000_000_000n; // so long something that moved elsewhere holds time up
const WAITING = new Set(["Timeout", "Immediate", "TCPSocketWrap", "TCPSERVERWRAP", "TCPServerWrap", "TLSWrap", "PipeWrap", "PipeServerWrap", "TTYWrap", "SignalWrap",
  "ProcessWrap", "MessagePort", "HTTPINCOMINGMESSAGE", "HTTPClientRequest", "UDPWrap", "FSEventWrap", "StatWatcher", "CHANNEL", "Worker"]);

function share_time(line) {
  const timers = require("node:timers");
  const real = { setTimeout, setInterval, setImmediate, clearTimeout, hrtime: process.hrtime, bigint: process.hrtime.bigint, now: Date.now, perf: performance.now.bind(performance) };
  let ahead_ms = 0;
  let wish = null;
  let heard = "";
  let number = 0;
  let used = performance.eventLoopUtilization();
  let alarm = null;
  const pending = new Map(); // Timeout -> {at, every, call, number}
  const watched = new Map(); // Socket -> {ms, bytes, at}

  const machine_ms = () => Number(real.bigint()) / 1e6;
  const now_ms = () => machine_ms() + ahead_ms;

  // Timers: the machine's, which a leap rings before their time.

  function timer(begin, every, callback, delay, args) {
    const ms = delay >= 1 && delay <= 2147483647 ? Number(delay) : 1;
    const entry = { at: now_ms() + ms, every: every ? ms : 0, number: number++, call: () => callback(...args) };
    const handle = begin(() => {
      if (every) entry.at = now_ms() + ms;
      else pending.delete(handle);
      entry.call();
    }, ms);
    const refresh = handle.refresh.bind(handle);
    handle.refresh = () => {
      entry.at = now_ms() + ms;
      pending.set(handle, entry);
      return refresh();
    };
    pending.set(handle, entry);
    return handle;
  }

  const new_timeout = (callback, delay, ...args) => (check(callback), timer(real.setTimeout, false, callback, delay, args));
  const new_interval = (callback, delay, ...args) => (check(callback), timer(real.setInterval, true, callback, delay, args));

  function check(callback) {
    if (typeof callback !== "function") real.setTimeout(callback); // raises what Node raises
  }

  function promised(delay, value, options = {}) {
    return new Promise((resolve, reject) => {
      const signal = options.signal;
      const aborted = () => Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
      if (signal && signal.aborted) return reject(aborted());
      const stop = () => (clearTimeout(handle), reject(aborted()));
      const handle = new_timeout(() => (signal && signal.removeEventListener("abort", stop), resolve(value)), delay);
      if (options.ref === false) handle.unref();
      if (signal) signal.addEventListener("abort", stop, { once: true });
    });
  }

  async function* promised_interval(delay, value, options = {}) {
    for (;;) yield await promised(delay, value, options);
  }

  function put_in() {
    const util = require("node:util");
    const promises = require("node:timers/promises");
    const net = require("node:net");
    new_timeout[util.promisify.custom] = promised;
    globalThis.setTimeout = timers.setTimeout = new_timeout;
    globalThis.setInterval = timers.setInterval = new_interval;
    promises.setTimeout = promised;
    promises.setInterval = promised_interval;
    if (promises.scheduler) promises.scheduler.wait = (delay, options) => promised(delay, undefined, options);
    AbortSignal.timeout = (delay) => {
      const controller = new AbortController();
      new_timeout(() => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay).unref();
      return controller.signal;
    };
    const silence = net.Socket.prototype.setTimeout;
    net.Socket.prototype.setTimeout = function (ms, callback) {
      const result = silence.call(this, ms, callback);
      if (ms > 0 && this !== line.socket) watched.set(this, { ms: Number(ms), bytes: moved(this), at: now_ms() + Number(ms) });
      else watched.delete(this);
      return result;
    };
    put_clocks_in();
    require("node:module").syncBuiltinESMExports();
  }

  function put_clocks_in() {
    const Machine = Date;
    const wall = () => real.now.call(Machine) + Math.round(ahead_ms);
    const Shared = new Proxy(Machine, {
      construct: (target, args, wanted) => Reflect.construct(target, args.length ? args : [wall()], wanted),
      apply: () => new Machine(wall()).toString(),
    });
    Machine.now = wall;
    Machine.prototype.constructor = Shared;
    globalThis.Date = Shared;
    performance.now = () => real.perf() + ahead_ms;
    const hrtime = (before) => {
      const total = process.hrtime.bigint();
      const [s, ns] = [Number(total / 1_000_000_000n), Number(total % 1_000_000_000n)];
      if (!before) return [s, ns];
      return ns < before[1] ? [s - before[0] - 1, ns - before[1] + 1e9] : [s - before[0], ns - before[1]];
    };
    hrtime.bigint = () => real.bigint() + BigInt(Math.round(ahead_ms * 1e6));
    process.hrtime = hrtime;
  }

  const moved = (socket) => (socket.bytesRead || 0) + (socket.bytesWritten || 0);

  // Wishes and leaps.

  function is_idle() {
    const use = performance.eventLoopUtilization(used);
    used = performance.eventLoopUtilization();
    if (use.active > use.idle && use.active > 1) return false;
    const busy = typeof process.getActiveResourcesInfo === "function" && process.getActiveResourcesInfo().some((name) => !WAITING.has(name));
    return !busy && !is_moving_elsewhere();
  }

  function is_moving_elsewhere() {
    const now = real.bigint();
    for (const [socket, seen] of elsewhere) {
      const bytes = moved(socket);
      if (bytes !== seen.bytes) Object.assign(seen, { bytes, at: now });
      if (socket.connecting || now - seen.at < ELSEWHERE_NS) return true;
    }
    return false;
  }

  function earliest_ms() {
    let at = Infinity;
    for (const [handle, entry] of pending) {
      if (handle._destroyed) pending.delete(handle);
      else at = Math.min(at, entry.at);
    }
    for (const [socket, entry] of watched) {
      if (socket.destroyed) watched.delete(socket);
      else at = Math.min(at, still(socket, entry).at);
    }
    return at;
  }

  function still(socket, entry) {
    const bytes = moved(socket);
    if (bytes !== entry.bytes) Object.assign(entry, { bytes, at: now_ms() + entry.ms });
    return entry;
  }

  function look() {
    const at_ms = earliest_ms();
    const until = is_idle() ? (at_ms === Infinity ? null : at_ms / 1000) : undefined;
    if (until === undefined) {
      if (wish !== null) line.say({ run: 1 });
      wish = null;
    } else if (wish === null || wish.until !== until) {
      wish = { until };
      line.say({ wish: until, io: true });
    }
    real.setTimeout(look, LOOK_MS).unref();
  }

  function leap(ahead_s) {
    ahead_ms = ahead_s * 1000;
    if (wish !== null && wish.until !== null && wish.until * 1000 <= now_ms()) wish = null;
    ring();
  }

  function ring() {
    const now = now_ms();
    const due = [...pending].filter(([handle, entry]) => !handle._destroyed && entry.at <= now).sort(([, a], [, b]) => a.at - b.at || a.number - b.number);
    for (const [handle, entry] of due) real.setImmediate(() => ring_one(handle, entry));
    for (const [socket, entry] of [...watched]) {
      if (!socket.destroyed && still(socket, entry).at <= now) real.setImmediate(() => fall_silent(socket, entry));
    }
    if (alarm) real.clearTimeout(alarm);
    const next_ms = earliest_ms() - now;
    alarm = next_ms < 2147483647 ? real.setTimeout(ring, Math.max(1, next_ms)).unref() : null;
  }

  function ring_one(handle, entry) {
    if (handle._destroyed || pending.get(handle) !== entry || entry.at > now_ms()) return;
    if (entry.every) {
      entry.at = now_ms() + entry.every;
      handle.refresh();
    } else {
      pending.delete(handle);
      real.clearTimeout(handle);
    }
    entry.call();
  }

  function fall_silent(socket, entry) {
    if (socket.destroyed || watched.get(socket) !== entry || still(socket, entry).at > now_ms()) return;
    entry.at = Infinity;
    if (typeof socket._onTimeout === "function") socket._onTimeout();
    else socket.emit("timeout");
  }

  line.socket.setEncoding("utf8");
  line.socket.on("data", (text) => {
    const lines = (heard + text).split("\n");
    heard = lines.pop();
    for (const one of lines) leap(JSON.parse(one).ahead);
  });
  line.socket.unref();
  put_in();
  real.setTimeout(look, LOOK_MS).unref();
}

if (settings !== null) begin();
