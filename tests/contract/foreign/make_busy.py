#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A census return that breaks the rules often: random dates, twins of identifiers, contradictory flags. Same seed, same bytes.
Usage: make_busy.py > busy.xml"""
import datetime
import random

R = random.Random(2022)
DAY = datetime.date(2021, 4, 1)


def day(low=0, high=360):
    return (DAY + datetime.timedelta(R.randrange(low, high))).isoformat()


def tag(name, text, indent):
    print("%s<%s>%s</%s>" % ("  " * indent, name, text, name))


def some(p):
    return R.random() < p


def block(name, indent, *rows):
    print("%s<%s>" % ("  " * indent, name))
    for child, text in rows:
        if text is not None:
            tag(child, text, indent + 1)
    print("%s</%s>" % ("  " * indent, name))


def details():
    print("      <CINdetails>")
    tag("CINreferralDate", day(0, 120), 4)
    tag("ReferralSource", "2A", 4)
    if some(0.4):
        tag("CINclosureDate", day(60, 360), 4)
    if some(0.4):
        tag("ReasonForClosure", "RC7", 4)
    for _ in range(R.choice((0, 1, 1, 2))):
        block("Assessments", 4, ("AssessmentActualStartDate", day(60, 300)), ("AssessmentAuthorisationDate", day(100, 360) if some(0.7) else None))
    for _ in range(R.choice((0, 0, 1, 2))):
        block("CINPlanDates", 4, ("CINPlanStartDate", day(60, 300)), ("CINPlanEndDate", day(100, 360) if some(0.6) else None))
    for _ in range(R.choice((0, 1))):
        block("Section47", 4, ("S47ActualStartDate", day(60, 300)), ("DateOfInitialCPC", day(60, 360) if some(0.6) else None), ("ICPCnotRequired", "false"))
    tag("ReferralNFA", R.choice(("0", "0", "false", "true", "TRUE", "1")), 4)
    for _ in range(R.choice((0, 0, 1, 2))):
        start = day(60, 300)
        print("        <ChildProtectionPlans>")
        tag("CPPstartDate", start, 5)
        if some(0.6):
            tag("CPPendDate", start if some(0.2) else day(60, 360), 5)
        tag("InitialCategoryOfAbuse", "NEG", 5)
        tag("LatestCategoryOfAbuse", "PHY", 5)
        tag("NumberOfPreviousCPP", R.randrange(1, 9), 5)
        if some(0.5):
            block("Reviews", 5, ("CPPreviewDate", start if some(0.2) else day(100, 360)), ("CPPreviewDate", day(100, 360)))
        print("        </ChildProtectionPlans>")
    print("      </CINdetails>")


def child(i):
    print("    <Child>")
    born = R.randrange(-6000, -100)
    block("ChildIdentifiers", 3, ("LAchildID", "C%03d" % i), ("UPN", "A%012d" % R.randrange(10**11, 10**11 + 200) if some(0.8) else None),
          ("PersonBirthDate", day(born, born + 1)), ("GenderCurrent", R.choice("1209")), ("PersonDeathDate", day(born - 50, 300) if some(0.2) else None))
    print("      <ChildCharacteristics>")
    tag("Ethnicity", "WBRI", 4)
    if some(0.5):
        block("Disabilities", 4, *[("Disability", x) for x in R.sample(("NONE", "MOB", "HEAR", "LD"), R.choice((1, 1, 2)))])
    print("      </ChildCharacteristics>")
    for _ in range(R.choice((1, 1, 2))):
        details()
    print("    </Child>")


print('<?xml version="1.0" encoding="UTF-8"?>')
print("<Message>\n  <Header>")
block("CollectionDetails", 2, ("Collection", "CIN"), ("Year", "2022"), ("ReferenceDate", "2022-03-31"))
block("Source", 2, ("SourceLevel", "L"), ("LEA", "201"), ("SoftwareCode", "make_busy"), ("Release", "1"), ("SerialNo", "001"), ("DateTime", "2022-05-01T10:00:00Z"))
print("  </Header>\n  <Children>")
for n in range(80):
    child(n)
print("  </Children>\n</Message>")
