package access_test

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
)

// policies are those of the program, which every test asks.
var policies = load()

func load() *access.Policies {
	p, err := access.Load()
	if err != nil {
		panic(err)
	}
	return p
}

const ours, theirs, others = "AG-OURS", "AG-THEIRS", "AG-OTHERS"

// The columns of the matrix: what the asking agency has to do with the case, and nothing besides.
//
//   - the question names no case
//     str  nothing
//     res  responsible now
//     opn  opened it, another is responsible
//     sng  sent a referral that waits for an answer
//     acc, dec, rev, don  sent a referral that was accepted, declined, revoked, done
//     ASK, ACC, DEC, REV, DON  was sent one that is pending, accepted, declined, revoked, done
//     svp, sva  asked another agency for a service that waits for an answer, that was answered
//     SVP, SVT, SVG, SVD  was asked for a service that is pending, taken on, given, declined
//     SHL  has the person in its shelter
//     tld  has yet to acknowledge a withdrawal of consent, and was told of the case for nothing else
const columns = "-   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld"

// matrix is what each role may do: + for yes, . for no, and what it never may by name. A case of every stage gives the same, but for
// the team.
const matrix = `
responder               -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
screening.submit        +   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.open               +   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.read               .   .   +   +   +   +   +   +   +   +   +   .   .   +   +   +   +   +   +   .   +   +
case.read.identity      .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.read.sensitive     .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.match              .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
record-screening        .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
correct-screening       .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
record-consent          .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
record-needs            .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
assess-safety           .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
give-information        .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
appoint-representative  .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
assess-interests        .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
set-hold                .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
add-note                .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
attach-file             .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
link                    .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
undo-link               .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
refuse-duplicate        .   .   +   +   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
withdraw-consent        .   .   +   +   +   +   +   +   +   .   +   .   .   +   +   +   .   +   +   .   +   +
acknowledge-withdrawal  .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   +
refer                   .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
assign                  .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
grant-hand-over         .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
refuse-hand-over        .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
start-period            .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
pause-period            .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
resume-period           .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
request-service         .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
refuse-service          .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
place-in-shelter        .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
leave-shelter           .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
assess-risk             .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
request-reassessment    .   .   +   +   +   +   +   +   +   .   +   .   .   +   +   +   .   +   +   .   +   +
settle-disagreement     .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                   .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
reopen                  .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
request-hand-over       .   .   .   +   +   +   +   +   +   +   +   .   .   +   +   +   +   +   +   .   +   +
accept                  .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
decline                 .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
complete                .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
accept-service          .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
decline-service         .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
deliver-service         .   .   .   .   .   .   .   .   .   +   +   .   .   +   .   .   +   +   +   .   +   .
revoke                  .   .   .   .   +   +   +   +   +   .   .   .   .   .   +   +   .   .   .   .   .   .
case.read.legal         .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
break-glass             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
stage.list              +
inbox.read              +
events.read             +
forms.read              +
statistics.read         +
incident.read           +
incident.intake         +
limits.read             +
duplicates.read         +
never account.manage rebuild case.read.location case.shred conclude-screening lift-hold extend-period end-period
never convene-team hold-interview give-finding decide-identification agree-plan file-claim advance-claim arrange-return
never complete-return follow-up
never access.report access.alerts device.manage session.revoke case.read.medical case.read.log exclude lift-exclusion
never approve-lift-exclusion approve-break-glass review-break-glass set-legal-hold lift-legal-hold request-erasure
never approve-erasure refuse-erasure

casemanager             -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
screening.submit        +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.open               +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.identity      .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.sensitive     .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.location      .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.match              .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
record-screening        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
correct-screening       .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
conclude-screening      .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
record-consent          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
withdraw-consent        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
acknowledge-withdrawal  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
record-needs            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
assess-safety           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
give-information        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
appoint-representative  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
assess-interests        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
set-hold                .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
lift-hold               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
refer                   .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
accept                  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
decline                 .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
revoke                  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
complete                .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
assign                  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
request-hand-over       .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
grant-hand-over         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
refuse-hand-over        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
start-period            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
extend-period           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
pause-period            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
resume-period           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
end-period              .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
convene-team            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
hold-interview          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
request-reassessment    .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
agree-plan              .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
request-service         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
accept-service          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
decline-service         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
deliver-service         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
refuse-service          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
place-in-shelter        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
leave-shelter           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
assess-risk             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
file-claim              .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
advance-claim           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
arrange-return          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
complete-return         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
follow-up               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
add-note                .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
attach-file             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
link                    .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
undo-link               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
refuse-duplicate        .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
settle-disagreement     .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
close                   .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
reopen                  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.medical       .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.legal         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.log           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
exclude                 .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
lift-exclusion          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
approve-lift-exclusion  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
break-glass             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
approve-break-glass     .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
set-legal-hold          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
lift-legal-hold         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
request-erasure         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
stage.list              +
inbox.read              +
events.read             +
forms.read              +
statistics.read         +
incident.read           +
incident.intake         +
limits.read             +
duplicates.read         +
never account.manage rebuild case.shred give-finding decide-identification
never access.report access.alerts device.manage session.revoke review-break-glass approve-erasure refuse-erasure

team/late               -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
case.read               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.identity      .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.sensitive     .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
convene-team            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
hold-interview          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
give-finding            .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
decide-identification   .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
request-reassessment    .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
add-note                .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
attach-file             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
set-hold                .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
assess-risk             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
settle-disagreement     .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.medical       .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.legal         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
exclude                 .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
break-glass             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
set-legal-hold          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
lift-legal-hold         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
stage.list              +
inbox.read              +
events.read             +
forms.read              +
statistics.read         +
incident.read           +
limits.read             +
never screening.submit case.open account.manage incident.intake duplicates.read rebuild case.read.location case.match
never case.shred record-screening correct-screening conclude-screening record-consent withdraw-consent
never acknowledge-withdrawal record-needs assess-safety give-information appoint-representative assess-interests lift-hold
never refer accept decline revoke complete assign request-hand-over grant-hand-over refuse-hand-over start-period
never extend-period pause-period resume-period end-period agree-plan request-service accept-service decline-service
never deliver-service refuse-service place-in-shelter leave-shelter file-claim advance-claim arrange-return complete-return
never follow-up link undo-link refuse-duplicate close reopen
never access.report access.alerts device.manage session.revoke case.read.log lift-exclusion approve-lift-exclusion
never approve-break-glass review-break-glass request-erasure approve-erasure refuse-erasure

team/early              -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
stage.list              +
inbox.read              +
events.read             +
forms.read              +
statistics.read         +
incident.read           +
limits.read             +
break-glass             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
never screening.submit case.open account.manage incident.intake duplicates.read rebuild case.read case.read.identity
never case.read.sensitive case.read.location case.match case.shred record-screening correct-screening conclude-screening
never record-consent withdraw-consent acknowledge-withdrawal record-needs assess-safety give-information
never appoint-representative assess-interests set-hold lift-hold refer accept decline revoke complete assign
never request-hand-over grant-hand-over refuse-hand-over start-period extend-period pause-period resume-period end-period
never convene-team hold-interview give-finding decide-identification request-reassessment agree-plan request-service
never accept-service decline-service deliver-service refuse-service place-in-shelter leave-shelter assess-risk file-claim
never advance-claim arrange-return complete-return follow-up add-note attach-file link undo-link refuse-duplicate
never settle-disagreement close reopen
never access.report access.alerts device.manage session.revoke case.read.medical case.read.legal case.read.log exclude
never lift-exclusion approve-lift-exclusion approve-break-glass review-break-glass set-legal-hold lift-legal-hold
never request-erasure approve-erasure refuse-erasure

shelter                 -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
case.read               .   .   +   .   +   .   .   .   .   +   +   .   .   .   +   .   +   +   .   .   +   +
case.read.identity      .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.read.sensitive     .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
case.read.location      .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   +   .
accept                  .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
decline                 .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
complete                .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
accept-service          .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
decline-service         .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
deliver-service         .   .   .   .   .   .   .   .   .   +   +   .   .   .   .   .   +   +   .   .   +   .
withdraw-consent        .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
record-needs            .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
assess-safety           .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
give-information        .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
refuse-service          .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
request-reassessment    .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
assess-risk             .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
follow-up               .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
add-note                .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
attach-file             .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
leave-shelter           .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   +   .
acknowledge-withdrawal  .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   +
record-consent          .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
refer                   .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
assign                  .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
grant-hand-over         .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
refuse-hand-over        .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
agree-plan              .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
request-service         .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
place-in-shelter        .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
close                   .   .   +   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
request-hand-over       .   .   .   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
revoke                  .   .   .   .   +   .   .   .   .   .   .   .   .   .   +   .   .   .   .   .   .   .
case.read.medical       .   .   +   .   .   .   .   .   .   .   +   .   .   .   .   .   .   +   .   .   +   .
break-glass             .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
stage.list              +
inbox.read              +
events.read             +
forms.read              +
statistics.read         +
limits.read             +
never screening.submit case.open account.manage incident.read incident.intake duplicates.read rebuild case.match case.shred
never record-screening correct-screening conclude-screening appoint-representative assess-interests set-hold lift-hold
never start-period extend-period pause-period resume-period end-period convene-team hold-interview give-finding
never decide-identification file-claim advance-claim arrange-return complete-return link undo-link
never refuse-duplicate settle-disagreement reopen
never access.report access.alerts device.manage session.revoke case.read.legal case.read.log exclude lift-exclusion
never approve-lift-exclusion approve-break-glass review-break-glass set-legal-hold lift-legal-hold request-erasure
never approve-erasure refuse-erasure

committee               -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
statistics.read         +
limits.read             +
never screening.submit case.open stage.list inbox.read events.read forms.read account.manage incident.read incident.intake
never duplicates.read rebuild case.read case.read.identity case.read.sensitive case.read.location case.match case.shred
never record-screening correct-screening conclude-screening record-consent withdraw-consent acknowledge-withdrawal
never record-needs assess-safety give-information appoint-representative assess-interests set-hold lift-hold refer accept
never decline revoke complete assign request-hand-over grant-hand-over refuse-hand-over start-period extend-period
never pause-period resume-period end-period convene-team hold-interview give-finding decide-identification
never request-reassessment agree-plan request-service accept-service decline-service deliver-service refuse-service
never place-in-shelter leave-shelter assess-risk file-claim advance-claim arrange-return complete-return follow-up add-note
never attach-file link undo-link refuse-duplicate settle-disagreement close reopen
never access.report access.alerts device.manage session.revoke case.read.medical case.read.legal case.read.log exclude
never lift-exclusion approve-lift-exclusion break-glass approve-break-glass review-break-glass set-legal-hold lift-legal-hold
never request-erasure approve-erasure refuse-erasure

auditor                 -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
case.read               .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
case.read.log           .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
review-break-glass      .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
set-legal-hold          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
lift-legal-hold         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
approve-erasure         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
refuse-erasure          .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
approve-lift-exclusion  .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
access.report           +
access.alerts           +
stage.list              +
forms.read              +
statistics.read         +
incident.read           +
limits.read             +
never screening.submit case.open inbox.read events.read account.manage incident.intake duplicates.read rebuild
never case.read.identity case.read.sensitive case.read.location case.match case.shred record-screening correct-screening
never conclude-screening record-consent withdraw-consent acknowledge-withdrawal record-needs assess-safety give-information
never appoint-representative assess-interests set-hold lift-hold refer accept decline revoke complete assign
never request-hand-over grant-hand-over refuse-hand-over start-period extend-period pause-period resume-period end-period
never convene-team hold-interview give-finding decide-identification request-reassessment agree-plan request-service
never accept-service decline-service deliver-service refuse-service place-in-shelter leave-shelter assess-risk file-claim
never advance-claim arrange-return complete-return follow-up add-note attach-file link undo-link refuse-duplicate
never settle-disagreement close reopen
never device.manage session.revoke case.read.medical case.read.legal exclude lift-exclusion break-glass approve-break-glass
never request-erasure

admin                   -   str res opn sng acc dec rev don ASK ACC DEC REV DON svp sva SVP SVT SVG SVD SHL tld
case.shred              .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
forms.read              +
statistics.read         +
account.manage          +
limits.read             +
rebuild                 +
request-erasure         .   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +   +
device.manage           +
session.revoke          +
never screening.submit case.open stage.list inbox.read events.read incident.read incident.intake duplicates.read case.read
never case.read.identity case.read.sensitive case.read.location case.match record-screening correct-screening
never conclude-screening record-consent withdraw-consent acknowledge-withdrawal record-needs assess-safety give-information
never appoint-representative assess-interests set-hold lift-hold refer accept decline revoke complete assign
never request-hand-over grant-hand-over refuse-hand-over start-period extend-period pause-period resume-period end-period
never convene-team hold-interview give-finding decide-identification request-reassessment agree-plan request-service
never accept-service decline-service deliver-service refuse-service place-in-shelter leave-shelter assess-risk file-claim
never advance-claim arrange-return complete-return follow-up add-note attach-file link undo-link refuse-duplicate
never settle-disagreement close reopen
never access.report access.alerts case.read.medical case.read.legal case.read.log exclude lift-exclusion
never approve-lift-exclusion break-glass approve-break-glass review-break-glass set-legal-hold lift-legal-hold
never approve-erasure refuse-erasure
`

func TestMatrix(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, b := range blocks(t) {
		seen[b.role]++
		for _, stage := range b.stages {
			for action, row := range b.rows {
				for i, column := range strings.Fields(columns)[:len(row)] {
					by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Role(b.role)}}
					err := policies.Decide(by, access.Action(action), related(column, stage))
					if want := row[i] == "+"; (err == nil) != want {
						t.Errorf("%s in %s, %s on %s: got %v, want allowed=%v", b.role, stage, action, column, err, want)
					}
					if err != nil && !errors.Is(err, access.ErrDenied) {
						t.Errorf("%s %s on %s: an error other than ErrDenied: %v", b.role, action, column, err)
					}
				}
			}
		}
	}
	for _, role := range domain.Roles() {
		if seen[string(role)] == 0 {
			t.Errorf("the matrix lacks the role %s", role)
		}
	}
}

type block struct {
	role   string
	stages []domain.Stage
	rows   map[string][]string
}

// blocks reads the matrix and holds it to its own form: every action once in every block, a mark for every column where the action
// is on a case.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for text := range strings.SplitSeq(strings.TrimSpace(matrix), "\n\n") {
		lines := strings.Split(text, "\n")
		name, header, _ := strings.Cut(lines[0], " ")
		if strings.TrimSpace(header) != columns {
			t.Fatalf("block %s has other columns: %q", name, header)
		}
		b := block{stages: domain.Stages(), rows: map[string][]string{}}
		role, when, limited := strings.Cut(name, "/")
		b.role = role
		if limited {
			b.stages = map[string][]domain.Stage{
				"early": {domain.Frontline, domain.Screening}, "late": {domain.Identification, domain.Protection},
			}[when]
		}
		for _, line := range lines[1:] {
			for action, marks := range rowsOf(t, line) {
				if b.rows[action] != nil {
					t.Errorf("block %s has the action %s twice", name, action)
				}
				b.rows[action] = marks
			}
		}
		for _, action := range access.Actions() {
			if b.rows[string(action)] == nil {
				t.Errorf("block %s lacks the action %s", name, action)
			}
		}
		if len(b.rows) != len(access.Actions()) {
			t.Errorf("block %s has %d actions, want %d", name, len(b.rows), len(access.Actions()))
		}
		all = append(all, b)
	}
	return all
}

// rowsOf reads one line: an action with its marks, or the actions that are denied everywhere.
func rowsOf(t *testing.T, line string) map[string][]string {
	t.Helper()
	fields, width := strings.Fields(line), len(strings.Fields(columns))
	rows := map[string][]string{}
	if fields[0] == "never" {
		for _, action := range fields[1:] {
			rows[action] = slices.Repeat([]string{"."}, width)
		}
		return rows
	}
	if n := len(fields) - 1; n != 1 && n != width {
		t.Fatalf("%s has %d marks", fields[0], n)
	}
	rows[fields[0]] = fields[1:]
	return rows
}

// related makes a case of another agency to which ours has the one relation that the column names.
func related(column string, stage domain.Stage) *access.Case {
	c := &access.Case{Standing: domain.Standing{Stage: stage, Agency: theirs}, OpenedBy: theirs}
	from, to := ours, others
	if column == strings.ToUpper(column) {
		from, to = others, ours
	}
	switch column {
	case "-":
		return nil
	case "str":
		c.Referrals = []domain.Referral{{From: theirs, To: others, Status: domain.Accepted}}
		c.Services = []domain.Service{{By: theirs, Provider: others, Status: domain.ServiceTaken}}
		c.Withdrawn = []domain.Withdrawal{{By: ours, Waiting: []string{others}}}
		c.Shelter = others
	case "res":
		c.Standing.Agency = ours
	case "opn":
		c.OpenedBy = ours
	case "svp", "sva", "SVP", "SVT", "SVG", "SVD":
		status := map[string]domain.ServiceStatus{
			"svp": domain.ServicePending, "sva": domain.ServiceTaken, "SVP": domain.ServicePending, "SVT": domain.ServiceTaken,
			"SVG": domain.ServiceGiven, "SVD": domain.ServiceUnavailable,
		}[column]
		c.Services = []domain.Service{{By: from, Provider: to, Status: status}}
	case "SHL":
		c.Shelter = ours
	case "tld":
		c.Withdrawn = []domain.Withdrawal{{By: theirs, Waiting: []string{others, ours}}}
	default:
		status := map[string]domain.ReferralStatus{
			"SNG": domain.Pending, "ASK": domain.Pending, "ACC": domain.Accepted, "DEC": domain.Declined,
			"REV": domain.Revoked, "DON": domain.Done,
		}[strings.ToUpper(column)]
		c.Referrals = []domain.Referral{{From: from, To: to, Status: status}}
	}
	return c
}

// with adds to a case what the agency has to do with another.
func with(c, other *access.Case) *access.Case {
	c.Referrals = append(c.Referrals, other.Referrals...)
	c.Services = append(c.Services, other.Services...)
	c.Withdrawn = append(c.Withdrawn, other.Withdrawn...)
	if other.Standing.Agency == ours {
		c.Standing.Agency = ours
	}
	if other.OpenedBy == ours {
		c.OpenedBy = ours
	}
	if other.Shelter == ours {
		c.Shelter = ours
	}
	return c
}

// everyCase calls f with a case for every stage and up to three relations of the agency to it, and with all of them.
func everyCase(f func(name string, c *access.Case)) {
	names := strings.Fields(columns)[2:]
	for _, stage := range append(domain.Stages(), "") {
		for set := range 1 << len(names) {
			if n := bits.OnesCount(uint(set)); n > 3 && n < len(names) {
				continue
			}
			c := related("str", stage)
			var held []string
			for i, name := range names {
				if set&(1<<i) != 0 {
					held, c = append(held, name), with(c, related(name, stage))
				}
			}
			f(fmt.Sprint(stage, held), c)
		}
	}
}

func TestCommitteeAndAdminNeverReadACase(t *testing.T) {
	t.Parallel()
	actions := caseActions()
	for _, role := range []domain.Role{domain.Committee, domain.Admin} {
		by := access.Subject{Actor: domain.Actor{User: "u", Agency: ours, Role: role}, Provinces: []string{"TH-10"}}
		everyCase(func(name string, c *access.Case) {
			for _, action := range actions {
				if role == domain.Admin && slices.Contains(unseen, action) {
					continue
				}
				if err := policies.Decide(by, action, c); !errors.Is(err, access.ErrDenied) {
					t.Errorf("%s %s on %s: got %v", role, action, name, err)
				}
			}
		})
	}
}

// caseActions lists the actions on a case: those that are denied to everybody without one.
func caseActions() []access.Action {
	var on []access.Action
	for _, action := range access.Actions() {
		free := false
		for _, role := range domain.Roles() {
			free = free || policies.Decide(access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}, action, nil) == nil
		}
		if !free {
			on = append(on, action)
		}
	}
	return on
}

// unseen are the actions on a case that need no sight of it: what an administrator carries out, and what opens a case that is closed.
var unseen = []access.Action{access.CaseShred, access.RequestErasure, access.BreakGlass}

// A command on a case that its giver may not even see would answer 404 to something that was done.
func TestWhoeverActsOnACaseMayReadWhereItStands(t *testing.T) {
	t.Parallel()
	actions := caseActions()
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		everyCase(func(name string, c *access.Case) {
			if policies.Decide(by, access.CaseRead, c) == nil {
				return
			}
			for _, action := range actions {
				if !slices.Contains(unseen, action) && policies.Decide(by, action, c) == nil {
					t.Errorf("%s may %s on %s without reading it", role, action, name)
				}
			}
		})
	}
}

func TestSeveralRelationsGiveWhatEachGives(t *testing.T) {
	t.Parallel()
	names, actions := strings.Fields(columns)[1:], caseActions()
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, one := range names {
			for _, two := range names {
				a, b := related(one, domain.Screening), related(two, domain.Screening)
				both := with(related(one, domain.Screening), b)
				for _, action := range actions {
					want := policies.Decide(by, action, a) == nil || policies.Decide(by, action, b) == nil
					if got := policies.Decide(by, action, both) == nil; got != want {
						t.Errorf("%s %s on %s with %s: %v, want %v", role, action, one, two, got, want)
					}
				}
			}
		}
	}
}

func TestUnknownRolesAndActionsAreDenied(t *testing.T) {
	t.Parallel()
	for _, role := range []domain.Role{"", "Admin", "root", "responder "} {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, action := range access.Actions() {
			for _, c := range []*access.Case{nil, related("res", domain.Screening)} {
				if !errors.Is(policies.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("role %q may %s", role, action)
				}
			}
		}
		if scope := policies.ListScope(by, domain.Screening); !scope.None {
			t.Errorf("role %q lists %+v", role, scope)
		}
	}
	for _, role := range domain.Roles() {
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
		for _, action := range []access.Action{"", "Refer", "case.read.*", "destroy-keys"} {
			for _, c := range []*access.Case{nil, related("res", domain.Identification)} {
				if !errors.Is(policies.Decide(by, action, c), access.ErrDenied) {
					t.Errorf("%s may %q", role, action)
				}
			}
		}
	}
}

// A case whose agency is not known must not belong to everybody who has none.
func TestNoAgencyIsNoTie(t *testing.T) {
	t.Parallel()
	nobodys := &access.Case{
		Referrals: []domain.Referral{{Status: domain.Accepted}}, Services: []domain.Service{{Status: domain.ServiceTaken}},
		Withdrawn: []domain.Withdrawal{{Waiting: []string{""}}},
	}
	for _, role := range []domain.Role{domain.Responder, domain.Shelter} {
		by := access.Subject{Actor: domain.Actor{Role: role}}
		for _, action := range caseActions() {
			if action != access.BreakGlass && !errors.Is(policies.Decide(by, action, nobodys), access.ErrDenied) {
				t.Errorf("%s without agency may %s", role, action)
			}
		}
		if scope := policies.ListScope(by, domain.Frontline); !scope.None {
			t.Errorf("%s without agency lists %+v", role, scope)
		}
	}
}

func TestListScope(t *testing.T) {
	t.Parallel()
	const want = `
responder    frontline=own screening=own identification=own protection=own
casemanager  frontline=all screening=all identification=all protection=all
team         frontline=none screening=none identification=all protection=all
shelter      frontline=own screening=own identification=own protection=own
committee    frontline=none screening=none identification=none protection=none
auditor      frontline=all screening=all identification=all protection=all
admin        frontline=none screening=none identification=none protection=none
`
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		fields := strings.Fields(line)
		by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Role(fields[0])}}
		for _, field := range fields[1:] {
			stage, scope, _ := strings.Cut(field, "=")
			if got := describe(policies.ListScope(by, domain.Stage(stage))); got != scope {
				t.Errorf("%s %s: %s, want %s", fields[0], stage, got, scope)
			}
		}
	}
}

func describe(s access.Scope) string {
	switch {
	case s.All && !s.None && s.Agencies == nil:
		return "all"
	case s.None && !s.All && s.Agencies == nil:
		return "none"
	case !s.All && !s.None && len(s.Agencies) == 1 && s.Agencies[0] == ours:
		return "own"
	}
	return fmt.Sprintf("%+v", s)
}

func TestProvincesNarrowListsAndOpenNothing(t *testing.T) {
	t.Parallel()
	by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Responder}, Provinces: []string{"TH-50"}}
	if got := policies.ListScope(by, domain.Screening).Provinces; len(got) != 1 || got[0] != "TH-50" {
		t.Errorf("the list is narrowed to %v", got)
	}
	c := related("str", domain.Screening)
	c.Standing.Province = "TH-50"
	if err := policies.Decide(by, access.CaseRead, c); !errors.Is(err, access.ErrDenied) {
		t.Errorf("a case in the province opened: %v", err)
	}
}

func TestCommandsBearTheNamesOfTheDomain(t *testing.T) {
	t.Parallel()
	possible := everyPossible()
	for _, name := range possible {
		if !slices.Contains(access.Commands(), access.Action(name)) {
			t.Errorf("the domain allows %s, which is no command", name)
		}
	}
	for _, command := range access.Commands() {
		if !slices.Contains(possible, string(command)) {
			t.Errorf("the domain never allows %s", command)
		}
	}
}

// What a shelter cannot know it cannot give away: where a person is that it does not house, even if it serves them or was responsible
// for them before.
func TestWhereAPersonHasShelterIsForThatShelter(t *testing.T) {
	t.Parallel()
	wrong := map[domain.Role][]string{}
	everyCase(func(name string, c *access.Case) {
		for _, role := range domain.Roles() {
			by := access.Subject{Actor: domain.Actor{Agency: ours, Role: role}}
			want := role == domain.CaseManager || role == domain.Shelter && c.Shelter == ours
			if got := policies.Decide(by, access.CaseReadLocation, c) == nil; got != want {
				wrong[role] = append(wrong[role], name)
			}
		}
	})
	for role, names := range wrong {
		t.Errorf("%s on %d cases, such as %s", role, len(names), names[0])
	}
}

// everyPossible lists what the domain allows on cases that have one of everything.
func everyPossible() []string {
	var names []string
	for _, stage := range domain.Stages() {
		for _, status := range []domain.Status{domain.FirstContact, domain.InProtection, domain.Closed} {
			s := domain.State{
				Exists: true, Standing: domain.Standing{Stage: stage, Status: status}, Screenings: []string{"s"},
				Decisions: []domain.Decision{{On: domain.OnIdentification, Result: string(domain.InProtection)}},
				Referrals: []domain.Referral{{Status: domain.Pending}, {Status: domain.Accepted}},
				Requests:  []domain.HandOverRequest{{Status: domain.Pending}},
				Consents:  map[domain.Purpose]domain.Consent{domain.ToReferral: domain.Given},
				Grants:    []domain.Grant{{Purpose: domain.ToReferral, Answer: domain.Given}},
				Withdrawn: []domain.Withdrawal{{Waiting: []string{others}}},
				Team:      &domain.MeetingTeam{}, Placement: &domain.Placement{}, Hold: status == domain.InProtection,
				Services: []domain.Service{{Status: domain.ServicePending}, {Status: domain.ServiceTaken}},
				Claims:   []domain.Claim{{Step: domain.ClaimMade}}, Links: []domain.Link{{}}, Disputes: []domain.Dispute{{}},
				Return: domain.ReturnAgreed,
			}
			s.Periods = periods(status)
			names = append(names, s.Possible()...)
			s.Placement, s.Return = nil, ""
			names = append(names, s.Possible()...)
		}
	}
	return names
}

// periods are one that runs and one that is paused, of the protection under s.29 and, later, of reflection.
func periods(status domain.Status) map[domain.PeriodName]domain.Period {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	running := domain.Period{StartedAt: start, EndsAt: new(start.Add(24 * time.Hour))}
	switch status {
	case domain.FirstContact:
		return map[domain.PeriodName]domain.Period{domain.Section29: running}
	case domain.InProtection:
		running.PausedAt = start.Add(time.Hour)
		return map[domain.PeriodName]domain.Period{domain.Section29: running}
	}
	return nil
}

func BenchmarkDecide(b *testing.B) {
	by := access.Subject{Actor: domain.Actor{Agency: ours, Role: domain.Responder}}
	c := related("ACC", domain.Screening)
	for b.Loop() {
		if err := policies.Decide(by, access.CaseReadSensitive, c); err != nil {
			b.Fatal(err)
		}
	}
}
