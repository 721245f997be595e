/** Sends one thing to the server, and says what is to become of it. */

/** A dead line often answers with nothing at all. */
const ANSWER_MS = 10_000;
/** A photo of some megabytes over a thin line. */
const BYTES_MS = 90_000;
const LATER_MS = 5_000;

/**
 * @typedef {object} Parcel
 * @property {string} id
 * @property {string} owner
 * @property {string} method
 * @property {string} path of this site
 * @property {Record<string, string>} headers
 * @property {string} happenedAt RFC 3339
 * @property {string | ArrayBuffer | null} body
 *
 * @typedef {{ kind: "done" } | { kind: "refused", reason: string } | { kind: "no-line" }
 *   | { kind: "signed-out" } | { kind: "later", afterMs: number }} Outcome
 */

/**
 * The same id goes with each attempt: what arrived before the line was cut is not done twice.
 *
 * @param {Parcel} parcel
 * @returns {Promise<Outcome>} never throws
 */
export async function send({ id, owner, method, path, headers, happenedAt, body }) {
  const most = body instanceof ArrayBuffer ? BYTES_MS : ANSWER_MS;
  try {
    const response = await fetch(path, {
      method,
      body,
      headers: {
        ...headers,
        "Entry-Id": id,
        "Happened-At": happenedAt,
        "Openconsult-Person": owner,
      },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(most),
    });
    // What was never raised needs no cancelling.
    if (response.status === 404 && path.endsWith("/cancel")) return { kind: "done" };
    return await outcomeOf(response);
  } catch {
    return { kind: "no-line" };
  }
}

/** @param {Response} response @returns {Promise<Outcome>} */
async function outcomeOf(response) {
  // A café's or a ward's sign-in page answers anything with "200": only our server names requests.
  if (!response.headers.has("x-request-id")) return { kind: "no-line" };
  if (response.ok) return { kind: "done" };
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401) return { kind: "signed-out" };
  if (isForLater(response.status, String(problem.type ?? ""))) {
    const seconds = Number(response.headers.get("retry-after"));
    return { kind: "later", afterMs: seconds > 0 ? seconds * 1000 : LATER_MS };
  }
  return { kind: "refused", reason: reasonOf(problem) };
}

/** @param {number} status @param {string} type of the problem document */
function isForLater(status, type) {
  return status >= 500 || [408, 425, 429].includes(status) || type.endsWith("/in-flight");
}

/** @param {{ detail?: string, title?: string, errors?: { detail: string }[] }} problem */
function reasonOf({ detail, title, errors }) {
  const fields = (errors ?? []).map((each) => each.detail).join(" ");
  return fields || detail || title || "The server refused it without a reason.";
}
