// Package edxtest serves a fake Open edX platform for tests, as httptest serves a
// handler.
//
// The fake keeps users, courses, enrollments and access tokens, and answers in the
// platform's own bytes, its oddities included: an empty 200 for a learner who is
// not enrolled, 404 for one whom the caller may not see. It shares no types with
// package edx.
//
//	server := edxtest.NewServer()
//	defer server.Close()
//	server.AddUser(edxtest.User{Username: "ada_l", TimeZone: "Europe/Paris"})
//	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
package edxtest
