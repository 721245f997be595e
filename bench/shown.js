// Calls `look(video, time)` for each new picture of somebody else that the page shows, in whichever
// element and over whichever of the connections in `window.__connections`.
window.eachShown = (look) => {
  const isRemote = (track) => window.__connections.some((each) =>
    each.getReceivers().some((receiver) => receiver.track === track));
  const watched = new WeakSet();
  const watch = (video) => {
    if (!(video instanceof HTMLVideoElement) || watched.has(video)) return;
    watched.add(video);
    const next = (time) => {
      if (isRemote(video.srcObject?.getVideoTracks?.()[0])) look(video, time);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  };
  for (const kind of ["loadstart", "loadedmetadata"]) {
    addEventListener(kind, (event) => watch(event.target), { capture: true });
  }
};
