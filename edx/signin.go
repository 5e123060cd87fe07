package edx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

const (
	tokenPath     = "/oauth2/access_token"
	maxTokenBytes = 64 << 10
	maxTokenLife  = 24 * time.Hour // longer ones are renewed as if they had this life
)

var signInOp = operation{name: "SignIn"}

// signIn asks the platform's token endpoint for a JWT.
type signIn struct {
	transport *transport.Transport
	id        string
	secret    secret
}

// fetch makes one request, by x/oauth2 over our transport. The life of the token
// counts from before the request, by our clock.
func (s signIn) fetch(ctx context.Context) (credential, error) {
	asked := s.transport.Clock().Now()
	config := clientcredentials.Config{
		ClientID: s.id, ClientSecret: s.secret.reveal(), AuthStyle: oauth2.AuthStyleInParams,
		TokenURL:       "http://platform" + tokenPath, // the transport knows the host
		EndpointParams: url.Values{"token_type": {"jwt"}},
	}
	client := &http.Client{Transport: tokenTripper{s.transport}, CheckRedirect: noRedirect}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return credential{}, signInFailure(ctx, err)
	}
	return newCredential(token, asked)
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// tokenTripper carries the token request over the transport, with its limits,
// pace and log. Only a 2xx answer comes back as a response.
type tokenTripper struct{ transport *transport.Transport }

func (t tokenTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	resp, err := t.transport.Do(req.Context(), transport.Request{
		Op: signInOp.name, Class: proctorbook.Read, Method: http.MethodPost, Path: tokenPath,
		Body: form, ContentType: req.Header.Get("Content-Type"), MaxBytes: maxTokenBytes,
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: resp.Status, Request: req, Body: io.NopCloser(bytes.NewReader(resp.Body)),
		Header: http.Header{"Content-Type": {"application/json"}}, // else x/oauth2 might read a form
	}, nil
}

// signInFailure never lets out an error of net/url, which holds the URL, or of
// x/oauth2, which holds the body.
func signInFailure(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*transport.StatusError](err); ok {
		return signInRefusal(refused)
	}
	if unanswered, ok := errors.AsType[*transport.Error](err); ok {
		return failure(ctx, signInOp, unanswered)
	}
	if odd, ok := errors.AsType[*oauth2.RetrieveError](err); ok && isCode(odd.ErrorCode) {
		return &SignInError{Code: odd.ErrorCode, Status: http.StatusOK}
	}
	return &Error{Op: signInOp.name, Status: http.StatusOK, Reason: ErrNotJSON, problem: "it holds no token"}
}

// signInRefusal tells a refusal of the client from an endpoint that is busy or
// down. Older releases say 403 with a page where newer ones say 429.
func signInRefusal(refused *transport.StatusError) error {
	e := refusal(signInOp, refused)
	switch {
	case e.Reason == ErrForbidden && e.HTML:
		e.Reason = ErrThrottled
		return e
	case e.Reason == ErrThrottled || e.Reason == ErrUnavailable:
		return e
	}
	refusedClient := &SignInError{Status: e.Status, Code: e.Code}
	if e.Code == "" {
		refusedClient.Problem = "no OAuth error in the answer: check that the base URL is the LMS"
	}
	return refusedClient
}

// newCredential checks a token; asked is when it was requested.
func newCredential(token *oauth2.Token, asked time.Time) (credential, error) {
	life := lifeOf(token)
	if life == 0 {
		return credential{}, &SignInError{Status: http.StatusOK, Problem: "the token has no life (expires_in): a restricted application?"}
	}
	scheme := token.Type()
	if strings.EqualFold(scheme, "JWT") {
		scheme = "JWT"
	}
	if scheme != "JWT" && scheme != "Bearer" {
		return credential{}, &SignInError{Status: http.StatusOK, Problem: "the token is neither of type JWT nor Bearer"}
	}
	return credential{
		header:  newSecret(scheme + " " + token.AccessToken),
		asked:   asked,
		renewAt: asked.Add(life / 5 * 4),
		expires: asked.Add(life),
	}, nil
}

// lifeOf reads expires_in, 0 if it is none, which x/oauth2 itself would count
// from the machine's clock.
func lifeOf(token *oauth2.Token) time.Duration {
	var seconds float64
	switch v := token.Extra("expires_in").(type) {
	case float64:
		seconds = v
	case string:
		seconds, _ = strconv.ParseFloat(v, 64)
	}
	if seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, maxTokenLife.Seconds()) * float64(time.Second))
}

// sourceFetch takes credentials from the caller's own source. They are never
// fresh, so that the source is asked for each call and decides itself.
func sourceFetch(source oauth2.TokenSource) func(context.Context) (credential, error) {
	return func(context.Context) (credential, error) {
		token, err := source.Token()
		switch {
		case err != nil:
			return credential{}, sourceFailure(err)
		case token == nil || token.AccessToken == "":
			return credential{}, quietError{text: "edx: the token source returned no token"}
		}
		return credential{header: newSecret(token.Type() + " " + token.AccessToken)}, nil
	}
}

func sourceFailure(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return quietError{"edx: the token source failed", []error{err}}
	}
	e := &SignInError{Status: http.StatusOK}
	if refused.Response != nil {
		e.Status = refused.Response.StatusCode
	}
	if isCode(refused.ErrorCode) {
		e.Code = refused.ErrorCode
	}
	return e
}

func newTokenCache(t *transport.Transport, s settings) *tokenCache {
	c := &tokenCache{clock: t.Clock()}
	if s.source != nil {
		c.fetch, c.foreign = sourceFetch(s.source), true
	} else {
		c.fetch = signIn{transport: t, id: s.id, secret: s.secret}.fetch
	}
	return c
}
