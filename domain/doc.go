// Package domain is the case: what may be asked of it (commands), what happened (events) and what is so (state).
//
// One case is one person's way through the national referral mechanism (NRM), from the first contact to closure:
//
//	frontline ──► screening ──► identification ──► protection ──► closed
//
// Decide is a pure function from state and request to events or an *Error; Evolve folds an event into the state. Neither reads a
// clock, draws a random number or touches a disk: times, identifiers and the acting person come in as values. The package
// imports the standard library only.
//
// # Words
//
//   - Presumed victim: a person for whom the screening found reasonable grounds. The threshold is low on purpose; it is not proof.
//   - Screening and identification are two decisions. The first is made by a trained screener, the second by a multidisciplinary team.
//   - Means (threat, fraud, coercion, ...) are no element of trafficking where the person is under 18 (Palermo Protocol art. 3 (c);
//     Thai Anti-Trafficking in Persons Act s.6 (2)). A person who may be a child takes the child's branch until the age is settled.
//   - Forced labour or services (s.6/1 of the Act) is an offence of its own with its own elements.
//
// # What is clear and what is sealed
//
// Clear in an event are identifiers, stage, event type, agency and province codes, clocks and versions. Everything that says
// something about the person is a Private: bytes that cannot be encoded before they have been sealed under the case's own key.
package domain
