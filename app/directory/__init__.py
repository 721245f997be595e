"""Who and what there is: organisations, practitioners and their roles, services, patients."""

from app.directory.names import Named, name_patient, name_practitioner
from app.directory.organizations import find_organization, list_organizations
from app.directory.patients import (
    NewPatient,
    PatientChanges,
    PatientSearch,
    change_patient,
    find_patient,
    read_patient,
    register_patient,
    search_patients,
)
from app.directory.practitioners import (
    NewPractitioner,
    NewRole,
    PractitionerChanges,
    PractitionerEntry,
    add_practitioner,
    add_role,
    change_practitioner,
    find_own_practitioner,
    list_practitioners,
    read_practitioner,
)
from app.directory.services import (
    NewService,
    add_service,
    find_bookable_service,
    list_services,
)

__all__ = [
    "Named",
    "NewPatient",
    "NewPractitioner",
    "NewRole",
    "NewService",
    "PatientChanges",
    "PatientSearch",
    "PractitionerChanges",
    "PractitionerEntry",
    "add_practitioner",
    "add_role",
    "add_service",
    "change_patient",
    "change_practitioner",
    "find_bookable_service",
    "find_organization",
    "find_own_practitioner",
    "find_patient",
    "list_organizations",
    "list_practitioners",
    "list_services",
    "name_patient",
    "name_practitioner",
    "read_patient",
    "read_practitioner",
    "register_patient",
    "search_patients",
]
