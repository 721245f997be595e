"""Scenarios of GP Connect that do not apply to our API, by feature and reason."""

LEFT_OUT: dict[tuple[str, str], tuple[str, ...]] = {
    ("AppointmentAmend", "FHIR extensions: our fields are plain"): (
        "I perform a successful amend appointment with Extensions",
    ),
    ("AppointmentAmend", "our API speaks JSON only, and says so in OpenAPI"): (
        "Amend appointment using the _format parameter to request response format",
        "Amend appointment using the accept header to request response format",
        "Amend appointment using the _format and accept parameter to request response format",
    ),
    ("AppointmentAmend", "we do not read Prefer: the answer is always the record"): (
        "Amend appointment prefer header set to minimal",
    ),
    ("AppointmentAmend", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile support the Amend appointment operation",
    ),
    ("AppointmentAmend", "we refer by id, never by reference"): (
        "Amend appointment and update to absolute reference",
        "I perform amend appointment with participants with absoulte references",
    ),
    ("AppointmentAmend", "category and type are the service's own, and nobody sends them"): (
        "Successfully amend comment and description on an appointment when sending in"
        " ServiceCategory and serviceType in request provider ignores ServiceCategory and"
        " serviceType in request",
        "Successfully amend appointment ensuring backwards compatibility with consumers that do"
        " not send ServiceCategory And serviceType expect success",
    ),
    ("AppointmentBook", "the kind of organisation is not asked: agreements say who may book"): (
        "Book single appointment for patient without organisation type",
    ),
    ("AppointmentBook", "our API speaks JSON only, and says so in OpenAPI"): (
        "Book appointment accept header and _format parameter to request response format",
        "Book appointment _format parameter only but varying request content types",
        "Book appointment accept header to request response format",
    ),
    ("AppointmentBook", "we do not read Prefer: the answer is always the record"): (
        "Book appointment prefer header set to representation",
        "Book appointment prefer header set to minimal",
    ),
    ("AppointmentBook", "without an end it takes as long as the service's slot"): (
        "Book appointment with missing end element in appointment resource",
    ),
    ("AppointmentBook", "a new appointment is always booked: no status is sent"): (
        "Book appointment with missing status element in appointment resource",
        "Book Appointment and remove participant status from the appointment booking",
    ),
    ("AppointmentBook", "identifiers are ours to give, not the caller's"): (
        "Book Appointment and remove identifier value from the appointment booking",
    ),
    ("AppointmentBook", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile supports the book appointment operation",
    ),
    ("AppointmentBook", "who books is known from the token, not from the body"): (
        "Book appointment with name removed from booking organization",
        "Book appointment with telecom removed from booking organization",
    ),
    ("AppointmentBook", "we take a reason in words, which GP Connect forbids as a code"): (
        "Book appointment and send a reason in the appointment",
    ),
    ("AppointmentBook", "category and type are the service's own, and nobody sends them"): (
        "Book single appointment for Patient expecting servicecategory is populated",
        "Book single appointment for Patient expecting serviceType is populated",
        "Book single appointment expecting servicecategory in response when ServiceCategory and"
        " serviceType are in request but ignored",
        "Book single appointment expecting serviceType in response when ServiceCategory and"
        " serviceType are in request but ignored",
        "Book single appointment ensuring backwards compatibility with consumers that do not send"
        " ServiceCategory And serviceType expect success",
    ),
    ("AppointmentCancel", "FHIR extensions: our fields are plain"): (
        "I perform a successful cancel appointment with Extensions",
    ),
    ("AppointmentCancel", "our API speaks JSON only, and says so in OpenAPI"): (
        "Cancel appointment using the _format parameter to request response format",
        "Cancel appointment using the accept header to request response format",
        "Cancel appointment using the accept header and _format parameter to request response"
        " format",
        "Cancel appointment using the accept header and _format parameter and content-type to"
        " request response format",
    ),
    (
        "AppointmentCancel",
        "our reason is a code, `other` unless given; words may be empty",
    ): ("Cancel appointment missing cancellation extension reason",),
    ("AppointmentCancel", "we do not read Prefer: the answer is always the record"): (
        "Cancel appointment prefer header set to minimal",
    ),
    ("AppointmentCancel", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile supports the cancel appointment operation",
    ),
    ("AppointmentCancel", "we refer by id, never by reference"): (
        "I cancel appointment for patient with absoulute reference",
        "I perform cancel appointment with participants with absoulte references",
    ),
    ("AppointmentCancel", "category and type are the service's own, and nobody sends them"): (
        "Successfully Cancel an appointment that has serviceCategory populated",
        "Successfully Cancel an appointment that has serviceType populated",
        "Successfully Cancel an appointment ensuring backwards compatibility with consumers that"
        " do not send ServiceCategory And serviceType expect success",
    ),
    ("AppointmentRead", "FHIR extensions: our fields are plain"): (
        "I perform a successful Read appointment with Extensions",
    ),
    ("AppointmentRead", "another organisation reads what it booked: test_shared_bookings.py"): (
        "I perform a successful Read appointment with JWT Org Different",
    ),
    ("AppointmentRead", "our API speaks JSON only, and says so in OpenAPI"): (
        "Read appointment using the _format parameter to request response format",
        "Read appointment using the _format parameter and accept header to request response format",
    ),
    ("AppointmentRead", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile supports the read appointment operation",
    ),
    ("AppointmentRead", "category and type are the service's own, read with the service"): (
        "Read a patient’s appointments expecting servicecategory is populated",
        "Read a patient’s appointments expecting serviceType is populated",
    ),
    ("AppointmentRetrieve", "FHIR extensions: our fields are plain"): (
        "I perform a successful retrieve appointment with Extensions",
    ),
    ("AppointmentRetrieve", "our API speaks JSON only, and says so in OpenAPI"): (
        "Appointment retrieve accept header and _format parameter to request response format",
        "Appointment retrieve accept header to request response format",
        "Appointment retrieve _format parameter only to request response format",
    ),
    ("AppointmentRetrieve", "start and end are two parameters, without FHIR's prefixes"): (
        "Appointment retrieve invalid date prefix",
    ),
    ("AppointmentRetrieve", "our lists come in pages: an open end costs no more than a closed"): (
        "Appointment retrieve with only one start parameter",
    ),
    ("AppointmentRetrieve", "staff may look at past appointments, and it is on record"): (
        "Appointment retreive with date parameters in the past",
    ),
    ("AppointmentRetrieve", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile supports the search appointment operation",
    ),
    ("AppointmentRetrieve", "who booked from elsewhere is in the audit, not in the list"): (
        "Appointment retrieve and response should contain valid booking orgainzation",
    ),
    ("AppointmentRetrieve", "category and type are the service's own, read with the service"): (
        "Retrieve a patient’s appointments expecting servicecategory is populated",
        "Retrieve a patient’s appointments expecting serviceType is populated",
    ),
    ("SearchForFreeSlots", "start and end are two parameters, without FHIR's prefixes"): (
        "Searching for free slots with valid prefixes",
        "Searching for free slots with invalid prefixes",
        "Searching for free slots with unknown prefixes",
    ),
    ("SearchForFreeSlots", "our API speaks JSON only, and says so in OpenAPI"): (
        "Successfully search for free slots using various content types XML and JSON in Accept"
        " header",
        "Successfully search for free slots using various content types XML and JSON in format"
        " parameter",
        "Successfully search for free slots using various content types XML and JSON in the Accept"
        " Header and format parameter",
    ),
    ("SearchForFreeSlots", "there is no _include: a slot names its records by id"): (
        "Successfully search for free slots and check the included schedule resources returned are"
        " valid",
        "Searching for free slots without actor parameter should return results without actor"
        " resource",
        "Successfully search for free slots and check the included practitioner resources returned"
        " are valid",
        "Successfully search for free slots and check the included location resources returned are"
        " valid",
    ),
    ("SearchForFreeSlots", "we have OpenAPI in place of a CapabilityStatement"): (
        "CapabilityStatement profile supports the Slot Search Resource",
        "Check CapabilityStatement includes specific searchInclude",
    ),
    ("SearchForFreeSlots", "whose times are found follows from agreements, not from a filter"): (
        "Searching for free slots with org type searchFilter system",
        "Searching for free slots with org code searchFilter system",
        "Searching for free slots with NO org code and NO org type searchFilter system",
        "Searching for free slots with org type and code searchFilter system",
    ),
    ("SearchForFreeSlots", "category, type and comment are the service's own, not a slot's"): (
        "Search for a slots expecting a Schedule with serviceCategory populated",
        "Search for a slots expecting a slot with serviceType populated",
        "Search for a slots expecting No Comment elements for the Schedules and Slots",
    ),
}
