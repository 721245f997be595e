// Reads calendar objects with an independent parser and says what they mean, for the tests.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { default: ICAL } = await import(pathToFileURL(process.argv[2]).href);
const instant = (time) => (time ? time.toUnixTime() : null);

const read = (text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const version = calendar.getFirstPropertyValue("version");
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const attendee = component.getFirstProperty("attendee");
    const organizer = component.getFirstProperty("organizer");
    return {
      version,
      method: calendar.getFirstPropertyValue("method"),
      uid: event.uid,
      sequence: event.sequence,
      start: instant(event.startDate),
      end: instant(event.endDate),
      zone: event.startDate.zone.tzid,
      stamp: instant(component.getFirstPropertyValue("dtstamp")),
      status: component.getFirstPropertyValue("status"),
      summary: event.summary,
      description: event.description,
      url: component.getFirstPropertyValue("url"),
      organizer: organizer?.getFirstValue() ?? null,
      organizerName: organizer?.getParameter("cn") ?? null,
      attendee: attendee?.getFirstValue() ?? null,
    };
  });
};

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(read)));
