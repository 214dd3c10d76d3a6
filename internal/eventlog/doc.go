// Package eventlog is the log on NATS JetStream: the one place where a commit becomes a fact.
//
// # What lies in it
//
// One command makes one commit, and one commit is one JetStream message on the literal subject nrm.case.<case id> of the stream
// NRM. The position of a commit is its sequence in the stream. A commit carries its number in the case and the digest of the bytes
// of the case's commit before it, so that a case's history is a chain that can be checked.
//
// Releases of the statistics lie on the subject nrm.release of the same stream.
//
// A second stream, ACCESS, is the trail: who opened what. It is appended to and read in the same way and holds nothing of a case.
//
// # What can be relied on
//
//   - Append states the position that the decision rests on, and the server refuses it when the case has moved. There is no way to
//     publish without stating it. Literal subjects only: with wildcards in the expectation JetStream loses updates on three replicas.
//   - When Append returns nil the commit is on disk. That needs a server that syncs every write and a stream that cannot drop or
//     change a message; Open refuses any other and says which setting is wrong.
//   - An answer that got lost is resolved by reading the case's tail from the stream's leader. What stays unknown is ErrUnavailable,
//     and the same command may be given again: its id is in the commit.
//   - A server that is connected and cannot answer, as one that is parted from the others of its cluster, is left for another one of
//     those that the address or the cluster names, after about four seconds.
//   - A server that tells of an end before the one that was read or acknowledged, as a leader does that was parted and does not know it yet, is
//     not believed for a minute: nothing is appended, and another server is asked. What stays so for longer is a loss: ErrGap.
//   - Follow hands over every commit, in the order of the log, and steps over none. A commit that this build does not understand
//     and a position that is missing both stop it.
//
// # Rights
//
// The service's NATS user needs no right to create, change, purge or delete a stream or a message. These are enough:
//
//	subscribe  _INBOX.>
//	publish    nrm.case.*  nrm.release
//	           $JS.API.STREAM.INFO.NRM  $JS.API.STREAM.MSG.GET.NRM  $JS.API.DIRECT.GET.NRM
//	           $JS.API.CONSUMER.CREATE.NRM.*  $JS.API.CONSUMER.MSG.NEXT.NRM.*
//	           access.record
//	           $JS.API.STREAM.INFO.ACCESS  $JS.API.STREAM.MSG.GET.ACCESS
//	           $JS.API.CONSUMER.CREATE.ACCESS.*  $JS.API.CONSUMER.MSG.NEXT.ACCESS.*
//
// The user that proves how the servers write belongs to the system account and needs $SYS.REQ.SERVER.PING.JSZ. The streams are
// created once, by CreateStream with an administrator's rights.
package eventlog

import (
	"errors"
	"fmt"
	"strings"
)

// The stream of the cases and its subjects. A case's commits lie on casePrefix + case id.
const (
	StreamName = "NRM"
	Subjects   = "nrm.>"

	casePrefix = "nrm.case."
)

// Errors that callers decide on with errors.Is.
var (
	// ErrConflict says that the case is not where the caller believed it to be: load it and decide again. After a lost answer the
	// commit itself may be among those that the case gained, so look for its id first.
	ErrConflict = errors.New("the case has moved")
	// ErrUnavailable says that the log does not answer. Whether anything was written is not known; the same call may be repeated.
	ErrUnavailable = errors.New("the log is not available")
	// ErrTooLarge says that a commit is larger than the log takes.
	ErrTooLarge = errors.New("the commit is too large")
	// ErrBadCaseID says that a case id is not a lower-case UUID.
	ErrBadCaseID = errors.New("not a case id")
	// ErrBrokenChain says that a case's commits do not follow from each other: one is missing, altered or misplaced.
	ErrBrokenChain = errors.New("the case's history is broken")
	// ErrGap says that positions are missing in the log, that it is shorter than it was, or that it was altered.
	ErrGap = errors.New("the log has a gap")
	// ErrUnknownCommit says that bytes in the log are no commit of a version that this build reads.
	ErrUnknownCommit = errors.New("unknown commit")
	// ErrNoStream says that the server has no stream of the name.
	ErrNoStream = errors.New("there is no stream")
	// ErrUnsafeStream says that the stream's settings could lose or change a message.
	ErrUnsafeStream = errors.New("the stream is not safe")
	// ErrUnsafeSync says that a server acknowledges writes that a power cut would take away.
	ErrUnsafeSync = errors.New("the server does not sync every write")
	// ErrSyncUnproven says that nothing tells whether every server syncs its writes.
	ErrSyncUnproven = errors.New("it is not proven that the server syncs every write")
)

func unavailable(doing string, err error) error {
	return fmt.Errorf("couldn't %s: %w: %w", doing, ErrUnavailable, err)
}

// subjectOf returns the literal subject of a case. Anything but a lower-case UUID is refused: a wildcard or a blank would reach
// other cases, and another spelling of the same id would be another case.
func subjectOf(caseID string) (string, error) {
	if len(caseID) != 36 {
		return "", ErrBadCaseID
	}
	for i, r := range []byte(caseID) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(r)) {
			return "", ErrBadCaseID
		}
	}
	return casePrefix + caseID, nil
}
