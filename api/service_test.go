package api

import "testing"

// TestService runs everything that leaves others alone on one service; what has to have a log of its own is a test of its own.
func TestService(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	t.Run("ScreeningIsAcceptedOnceAndShows", h.testScreeningIsAcceptedOnceAndShows)
	t.Run("EveryValidFixtureIsAccepted", h.testEveryValidFixtureIsAccepted)
	t.Run("CaseGoesItsWay", h.testCaseGoesItsWay)
	t.Run("CaseIsOpenedAtTheFirstContact", h.testCaseIsOpenedAtTheFirstContact)
	t.Run("CommandOnACaseThatMovedIsRefused", h.testCommandOnACaseThatMovedIsRefused)
	t.Run("CommandNeedsAnIdempotencyKey", h.testCommandNeedsAnIdempotencyKey)
	t.Run("RefusalSaysWhatIsPossible", h.testRefusalSaysWhatIsPossible)
	t.Run("DeniedCaseLooksAbsent", h.testDeniedCaseLooksAbsent)
	t.Run("FormsAndCodesAreServed", h.testFormsAndCodesAreServed)
	t.Run("StatisticsAreServedToTheCommittee", h.testStatisticsAreServedToTheCommittee)
	t.Run("SessionByCookieAndByHeader", h.testSessionByCookieAndByHeader)
	t.Run("SignInFailuresLookTheSame", h.testSignInFailuresLookTheSame)
	t.Run("SignInFromAnotherSiteIsRefused", h.testSignInFromAnotherSiteIsRefused)
	t.Run("NothingIsServedWithoutASession", h.testNothingIsServedWithoutASession)
	t.Run("HeadersOfEveryAnswer", h.testHeadersOfEveryAnswer)
	t.Run("AddressesAndMethods", h.testAddressesAndMethods)
	t.Run("BatchLineIsTheSameAsPut", h.testBatchLineIsTheSameAsPut)
	t.Run("BatchWithoutLines", h.testBatchWithoutLines)
	t.Run("BatchEndsAtItsLimit", h.testBatchEndsAtItsLimit)
	t.Run("BatchAnswersWhileItIsSent", h.testBatchAnswersWhileItIsSent)
	t.Run("EventsTellOfChanges", h.testEventsTellOfChanges)
	t.Run("EventsEndWithTheSession", h.testEventsEndWithTheSession)
	t.Run("EventsAreNotForEveryRole", h.testEventsAreNotForEveryRole)
}
