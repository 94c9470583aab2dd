//! Every error code that an answer may carry, with what it means and how to mend it.

/// One code and its page.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    pub code: &'static str,
    pub means: &'static str,
    pub mend: &'static str,
}

const fn code(code: &'static str, means: &'static str, mend: &'static str) -> Code {
    Code { code, means, mend }
}

pub const CODES: &[Code] = &[
    code(
        "invalid_request",
        "A field of the request is missing, unknown or out of its range.",
        "`field` names it and `detail` says what is allowed.",
    ),
    code("not_json", "The body is not declared as JSON.", "Send `Content-Type: application/json`."),
    code(
        "unauthorized",
        "There is no valid key or session with the request.",
        "Send `Authorization: Bearer KEY`, or sign in. A revoked key never works again.",
    ),
    code("forbidden", "The key or account may not do this.", "Use a key with the scope that `detail` names."),
    code(
        "not_found",
        "It does not exist, its time is over, or it belongs to another workspace: these are not told apart.",
        "Check the id. Inputs live 3 days, outputs 7; upload or make it again.",
    ),
    code("too_large", "More bytes than the plan or this route takes.", "`detail` names the limit."),
    code(
        "broken_off",
        "The connection ended before the body did.",
        "Send it again; for large files use resumable uploads (tus).",
    ),
    code("blob_missing", "The bytes of this file are gone.", "Upload or make it again."),
    code(
        "blobs_away",
        "The store of files does not answer.",
        "Try again after `Retry-After` seconds; the operator's `/readyz` shows it.",
    ),
    code(
        "blobs_unopened",
        "The store of files could not be opened.",
        "The operator has to look at the settings: `reelspan doctor`.",
    ),
    code("database_away", "The database is busy or away.", "Try again in a moment."),
    code(
        "database_refused",
        "The database refused a statement.",
        "This is our mistake or a damaged database; the operator's log has its code.",
    ),
    code(
        "database_schema",
        "The database was made by another version.",
        "Run the version that it belongs to, or restore a backup.",
    ),
    code(
        "database_unopened",
        "The database could not be opened.",
        "The operator has to look at the settings: `reelspan doctor`.",
    ),
    code("key_taken", "Another row has this name already.", "Choose another name."),
    code("disk_full", "The service has no room left.", "Try again later; the operator has to make room."),
    code(
        "unknown_kind",
        "This service does not do such jobs.",
        "It may run without the part that does; see its settings.",
    ),
    code(
        "idempotency_key_reused",
        "This `Idempotency-Key` was used for another request.",
        "Take a new key for each request, and the same key only for the same bytes.",
    ),
    code(
        "idempotency_in_progress",
        "The first request with this key is still being done.",
        "Ask again after `Retry-After` seconds.",
    ),
    code(
        "idempotency_unknown",
        "The first request with this key never got an answer.",
        "Look whether what it asked for is there, then ask again.",
    ),
    code("too_many_webhooks", "The workspace has as many webhooks as it may.", "Delete one."),
    code("delivery_due", "The delivery is on its way.", "Wait until it was heard or given up, then replay it."),
    code(
        "type_unsupported",
        "Files of this content type are not taken.",
        "Video, sound and pictures are, by their usual names; `application/octet-stream` lets the bytes decide.",
    ),
    code(
        "type_differs",
        "The request's `Content-Type` is not the one that was announced.",
        "Send the header that `detail` names.",
    ),
    code(
        "type_mismatch",
        "The file's first bytes are not those of the type that it was announced as.",
        "Announce it as what it is, or repair it.",
    ),
    code(
        "size_mismatch",
        "Not as many bytes have arrived as were announced.",
        "Put the whole file again, or announce its true length.",
    ),
    code("not_uploaded", "There is nothing to confirm yet.", "Put the file to the signed address first, all of it."),
    code("confirmed_already", "The upload is an asset by now.", "Announce a new upload, or delete the asset."),
    code("upload_changed", "Other bytes were put while this was being confirmed.", "Confirm it again."),
    code("upload_locked", "Another request is sending to this upload.", "Wait for it, or ask with HEAD how it stands."),
    code("offset_differs", "The piece does not begin where the upload stands.", "Ask with HEAD, and go on there."),
    code(
        "length_differs",
        "The length was said already, or more than that has arrived.",
        "Send the length that was said first, or begin anew.",
    ),
    code("checksum_mismatch", "What arrived does not have the sum that was sent.", "Send the piece again."),
    code("broken", "The service failed here.", "This is our mistake; the operator's log has the place."),
    code(
        "input_missing",
        "There is no such input, its time is over, or it is another workspace's.",
        "Upload it again.",
    ),
    code("address_invalid", "The address is neither a file of the workspace nor http(s).", "See what `detail` says."),
    code(
        "address_private",
        "The address leads to this machine or a private network.",
        "Upload the file, or put it where the public internet reaches it.",
    ),
    code("address_unknown", "The name of the site cannot be resolved.", "Check the address."),
    code("address_unreachable", "The site cannot be reached.", "Check that it is up, and try again."),
    code("address_insecure", "The site's certificate is not good.", "The site has to mend it; or upload the file."),
    code("address_refused", "The site does not give the file.", "Check that the address works without a sign-in."),
    code(
        "address_redirects",
        "The site redirects too often, nowhere, or to an insecure address.",
        "Give the last address itself.",
    ),
    code("address_empty", "The site sent nothing.", "Check the address."),
    code("address_too_slow", "The site took too long.", "Try again, or upload the file."),
    code("address_broke_off", "The site broke off before the end.", "Try again, or upload the file."),
    code("scratch_unwritable", "The service cannot write its scratch folder.", "The operator has to look at it."),
    code("not_media", "There is no picture and no sound in the file.", "Give a recording or a picture."),
    code("cancelled", "It was cancelled.", "Ask again if it was not meant."),
];
