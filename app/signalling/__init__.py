"""Real time: the protocol, the rooms and the forwarding of media. No web, no database.

Two sockets, both of JSON text frames of at most 64 KiB. The first message is `hello`, within 5 s
and 4 KiB; it carries the token, which is never in an address. `refresh` brings a fresh token
before the old one expires. `ping` is answered by `pong` at once, beside the sequence.

## The consultation: /api/v1/encounters/{encounter_id}/signalling

    hello → welcome, with a snapshot of what this person may see
    join  → in the room, or waiting to be let in; everybody who may see it learns of it

| May be sent                                  | by whom                                   |
|----------------------------------------------|-------------------------------------------|
| join, leave, ping, refresh                   | everyone, from hello on                   |
| publish, subscribe, offer, candidate, mute   | everyone; before `join` for oneself alone |
| sending, photo                               | everyone with the grant `publish`         |
| chat                                         | everyone admitted, with the grant `chat`  |
| direct_description, direct_candidate,        | the two of a direct call                  |
| report_direct                                |                                           |
| admit, remove                                | everyone admitted, with that grant        |

Who waits sees itself alone and may receive its own tracks. So may everyone before `join`: the test
of a line, of which nobody else learns. Those with the grant `admit` see who waits; the others do
not. Of a chat, a guest sees what came after it.

*Groups.* The consultations of one group session share a room. Patients and guests are told each
other's chosen names alone, their own included; staff are told full names, and with each participant
the `encounter_id` whose record is theirs. A patient sees what was written after they came in, too.
At most 12 people are let in; the next `admit` is refused with `room_full`. When one consultation
ends, its patient and guests get `ended`; the others stay.

*Media.* Each person has two connections, one to publish and one to subscribe. The browser always
offers; the node answers with the offer's id, and an answer to an older offer is to be dropped. An
offer from the same RTCPeerConnection renegotiates; from another it makes a second connection beside
the first, which takes over once media flow on it: a picture with its first keyframe, until then
viewers keep the one before. An offer from the first drops the second. What the browser says
without an offer is about the newer of the two. On a receiving connection something comes at least
every quarter of a second: a second of silence is a lost line.
`subscribe` without an offer only changes which track arrives on which m-line. After
`connection_lost` the browser offers anew.

*A thin line.* `sending` says which step of the ladder a sender is on; the others see it with the
participant. Where no video passes, a `photo` stands for the picture: in parts, each followed by a
`ping` and the next one sent after its `pong`, so that sound never waits behind more than one part.
The room puts it together and says it to those who receive the picture, without a number: the
newest counts, and none is kept.

*Layers.* A picture may be sent in layers (RFC 8853; rids q, h and f: 180, 360 and 720 lines). Each
viewer gets one, by what its line carries; `layers` tells the sender which ones anybody is to have.
Sound goes first: a picture that does not fit is held back, and `pictures_held` lists these to the
viewer concerned. Who speaks is heard from the level in each packet and stands with the participant.

*Far cameras.* `report_camera` says what one's camera can do; the others find it with the
participant. With the grant `direct`, `ask_camera` asks for a still, light, zoom or another camera:
its owner gets `camera_asked`, may say yes with `agree_camera` (the asker: `camera_agreed`), and
answers with `answer_camera` (`camera_answered`); it is answered at once and `unsupported` where the
camera has not said that it can. When the asker is gone for good, its owner gets `camera_withdrawn`.
Either finds in the snapshot what is open. With the grant `point`, `point`
shows the others who have it where one points on a document: `pointed`, the newest only, kept
nowhere.

*Recording.* A clinician asks over HTTP (`POST …/recordings`); everybody who is let in gets
`recording_changed` and says `answer_recording`. While all have agreed it records. Somebody who
comes in pauses it until they answer; one no, or a yes taken back, ends it at once, as does
`stop_recording` with the grant `record`. `ended` says how. Pages show the state for as long as
there is one, with a way to stop.

*Direct calls.* Where all houses of a call allow it, two who are alone in it, whose pages can
(`join`) and who are not recorded may send to each other (docs/decisions/0032). `direct_changed`
begins it under a number; `direct_description` and `direct_candidate` with that number reach the
other one, what names another number is dropped. Who is `impolite` offers first, one m-line each
for microphone, camera, screen and its sound. Media go on through the node until a page reports
`shown`: then the other one may stop sending to the node. At `ending` send to the node again, show
what comes from it, report `left`, and close when there is no direct call any more. `failed`: send
and show through the node; the room may try again later.

*Devices.* An encoder that publishes by WHIP and a screen that watches by WHEP are participants
like the others, without a socket of this protocol (docs/whip.md). They join with their session and
leave with it; a screen waits to be let in.

*Refusals.* `error` names what was wrong by a stable code; the message changed nothing, and the
others notice nothing. Fifty messages a second (a hundred at once), an offer a second (ten at
once); who goes on after twenty refusals is closed with 4507.

*Resume.* Every message but pong, photo and pointed carries (epoch, seq), seq rising by one. A lost
socket leaves media and place as they are for 120 s. `hello` with the last (epoch, seq) is answered
by `resumed: true` and exactly what was missed, or by `resumed: false` and a snapshot: never a part.
A new epoch begins with each snapshot; its welcome's (epoch, seq) is the position the snapshot
stands at. A second socket of the same person closes the first with 4504. Without a return in time
the others learn `participant_left` with the reason `lost`.

## The live stream: /api/v1/events

    hello → welcome → an `event` for each thing that concerns this user, with its position

`hello` with the last position brings what was missed (`resumed: true`), or says that the page must
fetch afresh what it shows (`resumed: false`). An event may come twice: drop one whose position is
the last one seen.

## Close codes

Below 4500 come back, with a pause that doubles from 0.5 s to 30 s, at random within it:
4000 going away, 4001 slow (too much was waiting), 4002 room server lost, 4003 no hello in time,
4004 token expired. From 4500 stay away: 4500 bad hello, 4501 unauthorised, 4502 forbidden,
4503 ended, 4504 replaced by another socket of the same person, 4505 removed, 4506 message too
large, 4507 too many errors, 4508 left.
"""
