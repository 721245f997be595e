// A clock in a picture: when it was drawn, in milliseconds, as black and white fields along the
// upper edge; below them the same the other way round, so that a damaged picture is not read as an
// old one.
window.pictureClock = (() => {
  const BITS = 24;
  const LINES = 720;
  const ROW = 36;
  const now = () => Date.now() % 2 ** BITS;

  /** Fields over whatever the canvas shows. */
  function stamp(context) {
    const { width, height } = context.canvas;
    const [wide, high, at] = [width / BITS, (ROW * height) / LINES, now()];
    for (let bit = 0; bit < BITS; bit += 1) {
      const isSet = ((at >> bit) & 1) === 1;
      for (const [row, isWhite] of [isSet, !isSet].entries()) {
        context.fillStyle = isWhite ? "white" : "black";
        context.fillRect(bit * wide, row * high, wide + 1, high);
      }
    }
  }

  /** Something that moves, since a picture that stands still costs no line anything. */
  function draw(context, turn) {
    const { width, height } = context.canvas;
    for (let spot = 0; spot < 40; spot += 1) {
      context.fillStyle =
        `hsl(${(turn * 7 + spot * 31) % 360} 80% ${30 + ((turn * spot) % 50)}%)`;
      context.fillRect((turn * 13 + spot * 97) % width, (turn * 5 + spot * 61) % height, 120, 90);
    }
    stamp(context);
  }

  /** A track of such pictures, 30 a second. */
  function camera() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1280, 720];
    const context = canvas.getContext("2d", { alpha: false });
    let turn = 0;
    setInterval(() => draw(context, (turn += 1)), 1000 / 30);
    const [picture] = canvas.captureStream(30).getVideoTracks();
    picture.contentHint = "motion";
    return picture;
  }

  const small = new OffscreenCanvas(BITS, 2).getContext("2d", { willReadFrequently: true });

  /** Milliseconds since the picture on show was drawn; null where the fields cannot be read. */
  function age(picture) {
    const width = picture.videoWidth ?? picture.naturalWidth;
    const height = picture.videoHeight ?? picture.naturalHeight;
    const high = (ROW * height) / LINES;
    for (const row of [0, 1]) {
      small.drawImage(picture, 0, (row + 1 / 3) * high, width, high / 3, 0, row, BITS, 1);
    }
    const { data } = small.getImageData(0, 0, BITS, 2);
    let at = 0;
    for (let bit = 0; bit < BITS; bit += 1) {
      const [upper, lower] = [data[bit * 4] > 127, data[(BITS + bit) * 4] > 127];
      if (upper === lower) return null;
      if (upper) at += 2 ** bit;
    }
    return (now() - at + 2 ** BITS) % 2 ** BITS;
  }

  return { camera, age };
})();
