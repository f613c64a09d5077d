#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a census return holds and which published rules it breaks, counted by plain Python: the golden of the foreign edition.

Written from the wording of the published rules; it shares nothing with the edition's expressions. Usage: expected.py FILE > expected.csv"""
import datetime
import sys
import xml.etree.ElementTree as ET

YES = {"true", "TRUE", "1"}


def day(element, name):
    text = element.findtext(name)
    return datetime.date.fromisoformat(text.strip()) if text else None


def main():
    root = ET.parse(sys.argv[1]).getroot()
    children = root.find("Children").findall("Child")
    details = [(c, d) for c in children for d in c.findall("CINdetails")]
    rules = {r: 0 for r in "100 1103 1104 1105 1520 2889 4000 4004 4011 8535Q 8608 8630 8790 8805 8810 8840 8841 8925 8935".split()}
    header = root.find("Header/CollectionDetails")
    reference, year = day(header, "ReferenceDate"), int(header.findtext("Year"))
    rules["100"] += reference != datetime.date(year, 3, 31)
    seen = set()
    for c in children:
        identity = c.find("ChildIdentifiers")
        upn = identity.findtext("UPN")
        if upn:
            rules["1520"] += upn in seen
            seen.add(upn)
        born, died = day(identity, "PersonBirthDate"), day(identity, "PersonDeathDate")
        rules["8535Q"] += bool(born and died and died < born)
        disabilities = [x.text for x in c.findall("ChildCharacteristics/Disabilities/Disability")]
        rules["8790"] += "NONE" in disabilities and len(disabilities) > 1
        rules["4004"] += sum(day(p, "CINPlanEndDate") is None for p in c.findall("CINdetails/CINPlanDates")) > 1
        rules["8935"] += sum(day(p, "CPPendDate") is None for p in c.findall("CINdetails/ChildProtectionPlans")) > 1
    for _, d in details:
        referral, closure, reason = day(d, "CINreferralDate"), day(d, "CINclosureDate"), d.findtext("ReasonForClosure")
        rules["8630"] += bool(closure and closure < referral)
        rules["8805"] += bool(closure and not reason)
        rules["8810"] += bool(reason and not closure)
        plans = d.findall("CINPlanDates")
        rules["4000"] += bool(plans) and d.findtext("ReferralNFA") in YES
        for a in d.findall("Assessments"):
            start, end = day(a, "AssessmentActualStartDate"), day(a, "AssessmentAuthorisationDate")
            rules["1103"] += start < referral
            rules["8608"] += bool(end and start > end)
        for s in d.findall("Section47"):
            conference = day(s, "DateOfInitialCPC")
            rules["2889"] += day(s, "S47ActualStartDate") < referral
            rules["1104"] += bool(conference and conference < referral)
        for p in plans:
            end = day(p, "CINPlanEndDate")
            rules["4011"] += bool(end and end < day(p, "CINPlanStartDate"))
        for p in d.findall("ChildProtectionPlans"):
            start, end = day(p, "CPPstartDate"), day(p, "CPPendDate")
            rules["1105"] += start < referral
            rules["8925"] += bool(end and end < start)
            rules["8840"] += end == start
            for r in p.findall("Reviews/CPPreviewDate"):
                rules["8841"] += datetime.date.fromisoformat(r.text.strip()) <= start
    values = {
        "COLLECTION": header.findtext("Collection"),
        "REFERENCE_DATE": reference.isoformat(),
        "RELEASE": root.findtext("Header/Source/Release"),
        "CHILDREN": len(children),
        "MALE": sum(c.findtext("ChildIdentifiers/GenderCurrent") == "1" for c in children),
        "FEMALE": sum(c.findtext("ChildIdentifiers/GenderCurrent") == "2" for c in children),
        "UNBORN": sum(c.find("ChildIdentifiers/ExpectedPersonBirthDate") is not None for c in children),
        "DISABLED": sum(any(x.text != "NONE" for x in c.findall("ChildCharacteristics/Disabilities/Disability")) for c in children),
        "REFERRALS": len(details),
        "NO_ACTION": sum(d.findtext("ReferralNFA") in YES for _, d in details),
        "CLOSED": sum(d.find("CINclosureDate") is not None for _, d in details),
        "ASSESSMENTS": sum(len(d.findall("Assessments")) for _, d in details),
        "ENQUIRIES": sum(len(d.findall("Section47")) for _, d in details),
        "CIN_PLANS": sum(len(d.findall("CINPlanDates")) for _, d in details),
        "PROTECTION_PLANS": sum(len(d.findall("ChildProtectionPlans")) for _, d in details),
        "PREVIOUS_PLANS": sum(int(p.findtext("NumberOfPreviousCPP")) for _, d in details for p in d.findall("ChildProtectionPlans")),
        "REVIEWS": sum(len(p.findall("Reviews/CPPreviewDate")) for _, d in details for p in d.findall("ChildProtectionPlans")),
    }
    print("kind,name,value")
    for name, value in values.items():
        print(f"value,{name},{value}")
    for name, value in rules.items():
        print(f"rule,R{name},{value}")


main()
