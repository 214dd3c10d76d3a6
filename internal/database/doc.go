// Package database is the door to PostgreSQL, the second wall behind the access policies.
//
// Every part of the service logs in as a role of its own that may do what that part does and no more (Role). Tables belong to
// songtor_owner, as whom nobody logs in; songtor_migrate makes and changes them at start. What people read is read as songtor_query,
// which has no right to write, and only through Views.For with a Viewer: the rows of every table with a case stand behind row-level
// security, enabled and forced, whose policies look at the viewer. Without one they give nothing.
//
// # How a room adds a table behind the wall
//
// A projection's schema.sql ends, after its indexes (a rebuild copies rows into tables that have no policies yet), with one statement
// for each table:
//
//	select wall.keep('work');     -- the projector writes it and nobody else reads it
//	select wall.show('cases', $$  -- and songtor_query sees of it what the condition lets through
//		wall.admits(excluded, (select wall.tokens()))
//		and wall.likely((select wall.everywhere()) or agency = any ((select wall.agencies())::text[]))$$);
//	select wall.show('entries', $$case_id = (select wall.opened())$$);
//
// Each function stands in a select of its own, so that the database evaluates it once a query and not once a row:
//
//	wall.everywhere()  the viewer may list the cases of every agency
//	wall.agencies()    the agencies whose cases the viewer may list
//	wall.tokens()      the digests under which a case names the viewer as one who may not know of it (domain.Standing.Excluded)
//	wall.admits(…)     a row does not name the viewer; its column excluded holds domain.Standing.Excluded with a space between
//	wall.likely(…)     the condition, for a table that is listed in an order: it leaves out few of the rows that a query asks for
//	wall.opened()      the one case that a decision has opened to the viewer, unless it names the viewer
//	wall.service()     the service itself asks, for work that shows nothing to anybody
//	wall.hides(case)   the case names the viewer; looked up row by row, for rows that hold no excluded of today, such as past ones
//	wall.named()       any case names the viewer: without it nobody needs to look
//
// A room whose tables come from migrations runs them as songtor_migrate (Pools.Migrate), with the same statements, and grants to
// its own role what this needs. Rows of which kept counts are made are left out of these where they name anybody, and counted one by
// one: a count that is subtracted from could not be read by whom it is hidden from. A query names the viewer's scope in a condition of its own as well: the policy alone reads every row
// to pass over it.
//
// The catalogue is tested: a table with a case, a view or a function that keeps outside this rule fails the build.
package database
