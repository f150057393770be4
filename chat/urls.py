from django.urls import path

from chat.views import account, messages, pages, people, replies, room_settings, rooms, styles, tokens

urlpatterns = [
    path("", rooms.home, name="home"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/messages/", messages.room_messages, name="room-messages"),
    path("rooms/<slug:slug>/join", rooms.room_join, name="room-join"),
    path("rooms/<slug:slug>/leave", rooms.room_leave, name="room-leave"),
    path("rooms/<slug:slug>/settings", room_settings.room_settings, name="room-settings"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/edit", messages.message_edit, name="message-edit"),
    path("messages/<int:pk>/delete", messages.message_delete, name="message-delete"),
    path("messages/<int:pk>/stop", replies.message_stop, name="message-stop"),
    path("messages/<int:pk>/retry", replies.message_retry, name="message-retry"),
    path("sidebar/", pages.room_list, name="sidebar"),
    path("people/", people.people, name="people"),
    path("people/<str:name>/", people.person, name="person"),
    path("account/", account.account, name="account"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("me.css", styles.me_css, name="me-css"),
]
