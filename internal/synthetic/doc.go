// Package synthetic invents screening forms and a caseload. Nothing in it is taken from a real case: names are put together from
// common ones, places and numbers are drawn, and the same seed always gives the same people.
//
// Forms for a load are of people by the thousand: their names end in syllables that are made up, so that few are alike, as among real people.
//
// The caseload of the demonstration is walked through the mechanism by the use cases of everybody's work, so that all of it is there to be
// looked at: two incidents, children, consents taken back, teams that disagree, services, claims, returns, deadlines that are due and
// overdue, and people who have two cases.
//
// The mix of nationalities, forms of exploitation and group sizes follows what has been published about Thailand between 2021 and
// 2025: the US Department of State's Trafficking in Persons Reports and press reports of the releases from Myawaddy in 2025.
package synthetic
