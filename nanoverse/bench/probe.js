// Put into the page before its own scripts: the milliseconds of script from the end of one frame to the end of the next,
// that is the page's work in requestAnimationFrame and all messages and timers since the frame before.
// What is drawn to the canvas is only noted down by script; painting those notes comes later and is not counted.

(() => {
  const probe = { running: false, script: [], at: [] };
  let since = 0;

  const timed = (work) => function (...args) {
    const start = performance.now();
    try {
      return work.apply(this, args);
    } finally {
      since += performance.now() - start;
    }
  };

  const { requestAnimationFrame, setTimeout, setInterval } = window;
  window.setTimeout = (work, ...rest) => setTimeout(timed(work), ...rest);
  window.setInterval = (work, ...rest) => setInterval(timed(work), ...rest);
  window.requestAnimationFrame = (work) => requestAnimationFrame((now) => {
    timed(work)(now);
    if (probe.running) {
      if (probe.at.at(-1) === now) probe.script[probe.script.length - 1] += since; // more work of the same frame
      else {
        probe.script.push(since);
        probe.at.push(now);
      }
    }
    since = 0;
  });

  const message = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
  Object.defineProperty(WebSocket.prototype, 'onmessage', { ...message, set(work) { message.set.call(this, timed(work)); } });
  window.nanoverseProbe = probe;
})();
