// Which commands a role can give to some case. Whether to the case at hand, the service says with the case. A test holds this to the
// published access matrix.
const commands = {
  responder: [
    'record-screening', 'correct-screening', 'record-consent', 'withdraw-consent', 'acknowledge-withdrawal', 'record-needs',
    'assess-safety', 'give-information', 'appoint-representative', 'assess-interests', 'set-hold', 'refer', 'accept', 'decline',
    'revoke', 'complete', 'assign', 'request-hand-over', 'grant-hand-over', 'refuse-hand-over', 'start-period', 'pause-period',
    'resume-period', 'request-reassessment', 'request-service', 'accept-service', 'decline-service', 'deliver-service', 'refuse-service',
    'place-in-shelter', 'leave-shelter', 'assess-risk', 'add-note', 'attach-file', 'link', 'undo-link', 'refuse-duplicate',
    'settle-disagreement', 'close', 'reopen',
  ],
  casemanager: [
    'record-screening', 'correct-screening', 'conclude-screening', 'record-consent', 'withdraw-consent', 'acknowledge-withdrawal',
    'record-needs', 'assess-safety', 'give-information', 'appoint-representative', 'assess-interests', 'set-hold', 'lift-hold', 'refer',
    'accept', 'decline', 'revoke', 'complete', 'assign', 'request-hand-over', 'grant-hand-over', 'refuse-hand-over', 'start-period',
    'extend-period', 'pause-period', 'resume-period', 'end-period', 'convene-team', 'hold-interview', 'request-reassessment',
    'agree-plan', 'request-service', 'accept-service', 'decline-service', 'deliver-service', 'refuse-service', 'place-in-shelter',
    'leave-shelter', 'assess-risk', 'file-claim', 'advance-claim', 'arrange-return', 'complete-return', 'follow-up', 'add-note',
    'attach-file', 'link', 'undo-link', 'refuse-duplicate', 'settle-disagreement', 'close', 'reopen',
  ],
  team: [
    'set-hold', 'convene-team', 'hold-interview', 'give-finding', 'decide-identification', 'request-reassessment', 'assess-risk',
    'add-note', 'attach-file', 'settle-disagreement',
  ],
  shelter: [
    'record-consent', 'withdraw-consent', 'acknowledge-withdrawal', 'record-needs', 'assess-safety', 'give-information', 'refer',
    'accept', 'decline', 'revoke', 'complete', 'assign', 'request-hand-over', 'grant-hand-over', 'refuse-hand-over',
    'request-reassessment', 'agree-plan', 'request-service', 'accept-service', 'decline-service', 'deliver-service', 'refuse-service',
    'place-in-shelter', 'leave-shelter', 'assess-risk', 'follow-up', 'add-note', 'attach-file', 'close',
  ],
};

/** The commands that a role can give to some case. */
export function commandsOf(role) {
  return commands[role] ?? [];
}

/** Whether the reader may give a command to a case, as it stood when they were shown it. */
export function mayGive(found, command) {
  return found.possible.includes(command);
}
