// Package proctoru is a client for the REST API of ProctorU (Meazure Learning).
package proctoru
